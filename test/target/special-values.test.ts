/**
 * NaN, infinities and signed zeros, guaranteed alike for every target, in lanes and in tails: max(a, b) is a > b ? a : b and min(a, b) is
 * a < b ? a : b, so that fmax(x, 0) of NaN is 0 and fmax(0, x) is NaN.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTc } from '../../server/src/lang/parse.js';
import { lowerNaive } from '../../server/src/lower/lower.js';
import { DEFAULT_TIMING, type TensorSpec } from '../../server/src/measure/interface.js';
import { dialectOf } from '../../server/src/target/c/dialect.js';
import { printKernel, type CDialect } from '../../server/src/target/c/print.js';
import { PRELUDE } from '../../server/src/target/c/types.js';
import { buildKernel } from '../../server/src/target/kernel/build.js';
import type { Kernel, VectorUnit } from '../../server/src/target/kernel/ir.js';
import { emitModule } from '../../server/src/target/wasm/emit.js';
import { NO_COMPILER, startNative } from '../measure/native.js';
import { fromBytes, toBytes } from './typed-bytes.js';
import { MAX_TEST_PAGES, runWasm } from './run-wasm.js';

const DAG = parseTc(`def special(float(4, 19) A) -> (R, S, T, N) {
  R(i, j) = fmax(A(i, j), 0)
  S(i, j) = fmax(0.0, A(i, j))
  T(i, j) = fmin(fmax(A(i, j), 0.0 - 1.0), 1)
  N(i, j) = 0.0 - A(i, j) / 0.0
}`).defs[0]?.dag;
const SPECIAL = [NaN, 0, -0, Infinity, -Infinity, 1e-45, -3.4e38, 0.5];
const INPUT = Float32Array.from({ length: 76 }, (_, i) => SPECIAL[(i * 5 + Math.floor(i / 8)) % 8] ?? 0);
const max = (a: number, b: number): number => (a > b ? a : b);
const min = (a: number, b: number): number => (a < b ? a : b);
const WANTED = [(x: number) => max(x, 0), (x: number) => max(0, x), (x: number) => min(max(x, -1), 1), (x: number) => 0 - x / 0];

function kernelFor(unit: VectorUnit | undefined): Kernel {
  assert.ok(DAG);
  return buildKernel(lowerNaive(DAG), { symbol: 'k', unit });
}

function same(got: readonly (readonly number[])[], what: string): void {
  WANTED.forEach((f, o) => INPUT.forEach((x, i) => assert.ok(Object.is(got[o]?.[i], Math.fround(f(x))), `${what}: output ${o} of ${x} is ${got[o]?.[i]}`)));
}

for (const unit of [undefined, { bytes: 16, registers: 16 }]) {
  test(`wasm, ${unit === undefined ? 'scalar' : 'vectors'}`, () => {
    const kernel = kernelFor(unit);
    same(runWasm({ module: emitModule([kernel], { relaxedFma: false, maxPages: MAX_TEST_PAGES }), symbol: 'k', workspace: kernel.workspace, params: kernel.params, inputs: [INPUT], threads: 1 }), 'wasm');
  });
}

test('C: scalar, this machine, portable vectors', async (t) => {
  const native = await startNative();
  if (native === undefined) {
    t.skip(NO_COMPILER);
    return;
  }
  try {
    const portable: CDialect = { x86VectorBytes: 0, pin: undefined };
    const forms: readonly (readonly [VectorUnit | undefined, CDialect])[] = [
      [undefined, portable], [native.toolchain.vector, dialectOf(native.toolchain)], [{ bytes: 16, registers: 16 }, dialectOf(native.toolchain)], [{ bytes: 64, registers: 32 }, portable],
    ];
    const built = await native.builder.build(forms.map(([unit, dialect], i) => {
      const kernel = { ...kernelFor(unit), symbol: `k${i}` };
      return { symbol: kernel.symbol, prelude: PRELUDE, text: printKernel(kernel, dialect), workspace: kernel.workspace };
    }));
    assert.ok((await native.runner.store(1, toBytes(INPUT, 'float32', 4))).ok);
    for (const [i, { result }] of built.entries()) {
      assert.ok(result.ok, JSON.stringify(result));
      const tensors: TensorSpec[] = [{ role: 'input', dtype: 'float32', bytes: 304, fill: { kind: 'stored', buffer: 1 } },
        ...WANTED.map((_, o): TensorSpec => ({ role: 'output', dtype: 'float32', bytes: 304, fill: { kind: 'poison' }, keep: 10 + o }))];
      const run = await native.runner.run({ artifact: result.value, tensors, threads: 1, timing: { ...DEFAULT_TIMING, repeats: 1, flush: false }, timeoutSeconds: 20 });
      assert.ok(run.result.ok);
      const outputs: number[][] = [];
      for (let o = 0; o < WANTED.length; o++) {
        const bytes = await native.runner.read(10 + o, 0, 304);
        assert.ok(bytes.ok);
        outputs.push(fromBytes(bytes.value, 'float32'));
      }
      same(outputs, `form ${i}`);
    }
  } finally {
    await native.close();
  }
});
