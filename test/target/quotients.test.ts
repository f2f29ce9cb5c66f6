/**
 * Quotients and remainders of C code: rounded down for any signs, and without branches. With one on the sign of an outer loop's variable, gcc moves the
 * test into the innermost loop and computes the addresses there again in each step: half of the speed of a transposed convolution.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTc } from '../../server/src/lang/parse.js';
import { lowerNaive } from '../../server/src/lower/lower.js';
import { DEFAULT_TIMING, type TensorSpec } from '../../server/src/measure/interface.js';
import { dialectOf } from '../../server/src/target/c/dialect.js';
import { printKernel } from '../../server/src/target/c/print.js';
import { PRELUDE } from '../../server/src/target/c/types.js';
import { buildKernel } from '../../server/src/target/kernel/build.js';
import { NO_COMPILER, startNative } from '../measure/native.js';
import { fromBytes, toBytes } from './typed-bytes.js';

test('no branch is in them', () => {
  for (const name of ['ansor_fdiv', 'ansor_fmod']) {
    const line = PRELUDE.split('\n').find((text) => text.includes(` ${name}(`));
    assert.ok(line);
    assert.doesNotMatch(line, /\?|&&|\|\||\bif\b/);
  }
});

const DAG = parseTc('def quotients(int32(273) A, int32(273) B) -> (Q, R) {\n  Q(i) = A(i) / B(i)\n  R(i) = A(i) % B(i)\n}').defs[0]?.dag;
const PAIRS = Array.from({ length: 21 }, (_, a) => [-7, -6, -5, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7].map((b): readonly [number, number] => [a - 10, b])).flat();
const WANTED = [([a, b]: readonly [number, number]) => Math.floor(a / b), ([a, b]: readonly [number, number]) => a - b * Math.floor(a / b)];

test('they are rounded down, whatever the signs', async (t) => {
  assert.ok(DAG);
  const native = await startNative();
  if (native === undefined) {
    t.skip(NO_COMPILER);
    return;
  }
  try {
    const kernel = buildKernel(lowerNaive(DAG), { symbol: 'k', unit: undefined });
    const [built] = await native.builder.build([{ symbol: 'k', prelude: PRELUDE, text: printKernel(kernel, dialectOf(native.toolchain)), workspace: kernel.workspace }]);
    assert.ok(built?.result.ok, JSON.stringify(built));
    for (const side of [0, 1]) assert.ok((await native.runner.store(1 + side, toBytes(PAIRS.map((pair) => pair[side] ?? 0), 'int32', 4))).ok);
    const bytes = 4 * PAIRS.length;
    const tensors: TensorSpec[] = [...[1, 2].map((buffer): TensorSpec => ({ role: 'input', dtype: 'int32', bytes, fill: { kind: 'stored', buffer } })),
      ...[10, 11].map((keep): TensorSpec => ({ role: 'output', dtype: 'int32', bytes, fill: { kind: 'poison' }, keep }))];
    const run = await native.runner.run({ artifact: built.result.value, tensors, threads: 1, timing: { ...DEFAULT_TIMING, repeats: 1, flush: false }, timeoutSeconds: 20 });
    assert.ok(run.result.ok, JSON.stringify(run.result));
    for (const [o, wanted] of WANTED.entries()) {
      const read = await native.runner.read(10 + o, 0, bytes);
      assert.ok(read.ok);
      assert.deepEqual(fromBytes(read.value, 'int32'), PAIRS.map((pair) => wanted(pair) + 0));
    }
  } finally {
    await native.close();
  }
});
