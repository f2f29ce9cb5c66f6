/** The network of a hundred tasks that benchmarks use: as large as its definition says, with weights that its recipe makes. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readInput } from '../../server/src/session/input.js';
import { DENSENET_161, denseNet } from '../../tools/bench/densenet.js';

const home = mkdtempSync(path.join(os.tmpdir(), 'ansor-densenet-'));
after(() => { rmSync(home, { recursive: true, force: true }); });

test('DenseNet-161 has 92 tasks, siblings beside them, and the published number of parameters', () => {
  const { model, recipe } = denseNet('net', DENSENET_161);
  const file = path.join(home, 'net.onnx');
  writeFileSync(file, model);
  writeFileSync(file.replace('.onnx', '.weights.json'), JSON.stringify({ ...recipe, generator: 'xorshift32-uniform-f32' }));
  const { tasks, siblings, plan } = readInput(file);
  assert.deepEqual([tasks.length, siblings?.length], [92, 8]);
  // Of the two moving averages of a normalisation, which are no parameters, there are as many numbers as of its scale and shift.
  const averages = recipe.tensors.filter(({ shape }) => shape.length === 1 && shape[0] !== 1000).reduce((n, { elements }) => n + elements, 0) / 2;
  assert.equal(recipe.tensors.reduce((n, { elements }) => n + elements, 0) - averages, 28_681_000);
  for (const constant of plan?.constants.slice(0, 3) ?? []) assert.ok(constant.load().ok);
});
