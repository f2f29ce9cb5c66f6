/** Networks side by side: the naive one is run to its end only where its outputs are the reference. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { benchNetwork } from '../../server/src/session/bench.js';
import { readInput } from '../../server/src/session/input.js';
import { standardInputs } from '../../server/src/session/network.js';
import { openBackend } from '../../server/src/session/open-backend.js';
import { openReference } from '../../server/src/session/reference.js';
import { noCompiler, PROGRAM } from '../cli/ansor.js';
import { onnxFile, ramp } from '../model/onnx-builder.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ansor-bench-'));
/** Some 60 million multiply-adds: more than a millisecond without a schedule. */
const CONVOLUTION = onnxFile({
  inputs: { x: [1, 64, 42, 42] }, outputs: ['y'], constants: { w: ramp([64, 64, 3, 3], 1) },
  nodes: [{ op: 'Conv', inputs: ['x', 'w'], outputs: ['c'], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } }, { op: 'Relu', inputs: ['c'], outputs: ['y'] }],
});
after(() => rmSync(folder, { recursive: true, force: true }));

for (const target of ['c', 'wasm']) {
  test(`${target}: beside a peer, a naive network that takes longer than it may is ended, and the others run`, { skip: target === 'c' && noCompiler }, async () => {
    const file = path.join(folder, 'convolution.onnx');
    writeFileSync(file, CONVOLUTION);
    const backend = await openBackend(target, { threads: 1, cacheDir: path.join(folder, 'cache'), programDir: path.dirname(PROGRAM) });
    assert.ok(backend.ok);
    try {
      const input = readInput(file);
      assert.ok(input.plan);
      const reference = await openReference(file, input.plan, standardInputs(input.plan), 1);
      const options = { calls: 4, choice: 'default' } as const;
      const ended = await benchNetwork(backend.value, input, { ...options, reference, naiveSeconds: 1e-3 });
      assert.deepEqual(Object.keys(ended.latencyMs), ['default', 'ours', 'onnxruntime']);
      assert.ok(ended.ok, JSON.stringify(ended));
      const whole = await benchNetwork(backend.value, input, { ...options, reference });
      assert.deepEqual([Object.keys(whole.latencyMs), whole.against], [['naive', 'default', 'ours', 'onnxruntime'], 'onnxruntime']);
      const alone = await benchNetwork(backend.value, input, { ...options, reference: undefined, naiveSeconds: 1e-3 });
      assert.deepEqual([Object.keys(alone.latencyMs), alone.against], [['naive', 'default', 'ours'], 'naive']);
    } finally {
      await backend.value.close();
    }
  });
}
