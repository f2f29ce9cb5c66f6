/**
 * Loops that stay loops: trips and conditions that are known in a run only, more than 1024 steps, loops in loops, what they collect. Models
 * and outputs in `called-loops.tar.gz` come from ONNX Runtime 1.32. As WebAssembly and as C.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readArchive } from './onnx-backend/archive.js';
import { casesOf } from './onnx-backend/case.js';
import { planCase } from './onnx-backend/compile-case.js';
import { wrongOutput } from './onnx-backend/outcome.js';
import { compilerName, runCCases } from './onnx-backend/run-c-cases.js';
import { runWasmCase } from './onnx-backend/run-wasm-case.js';

const cases = casesOf(readArchive(path.join(import.meta.dirname, '../fixtures/onnx/called-loops.tar.gz')));
const compiler = compilerName();

test('loops equal ONNX Runtime as WebAssembly', () => {
  assert.equal(cases.length, 19);
  for (const one of cases) {
    const planned = planCase(one);
    for (const schedule of ['naive', 'default'] as const) assert.equal(wrongOutput(one, planned, runWasmCase(planned, schedule)), undefined, `${one.name}, ${schedule}`);
  }
});

test('loops equal ONNX Runtime as C', { skip: compiler === undefined ? 'there is no C compiler' : false }, () => {
  assert(compiler !== undefined);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ansor-loops-'));
  try {
    // That many tensors of one call are a limit of WebAssembly's form only.
    const loops = cases.filter(({ name }) => name !== 'concat_of_250');
    const planned = loops.map(planCase);
    runCCases(planned, folder, compiler, 'default').forEach((bytes, i) => {
      const [one, plan] = [loops[i], planned[i]];
      assert(one !== undefined && plan !== undefined);
      assert.equal(wrongOutput(one, plan, bytes), undefined, one.name);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
