/** The vector functions on every target against double precision: errors in units of the last place, and special values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTc } from '../../server/src/lang/parse.js';
import { MATH_FUNCTIONS } from '../../server/src/ir/math-functions.js';
import { lowerNaive } from '../../server/src/lower/lower.js';
import { DEFAULT_TIMING, type TensorSpec } from '../../server/src/measure/interface.js';
import { dialectOf } from '../../server/src/target/c/dialect.js';
import { printKernel } from '../../server/src/target/c/print.js';
import { PRELUDE } from '../../server/src/target/c/types.js';
import { buildKernel } from '../../server/src/target/kernel/build.js';
import type { Kernel, VectorUnit } from '../../server/src/target/kernel/ir.js';
import { VECTOR_FUNCTIONS } from '../../server/src/target/kernel/vector-math.js';
import { emitModule } from '../../server/src/target/wasm/emit.js';
import { NO_COMPILER, startNative } from '../measure/native.js';
import { fromBytes, toBytes } from './typed-bytes.js';
import { MAX_TEST_PAGES, runWasm } from './run-wasm.js';

const NAMES = [...VECTOR_FUNCTIONS.keys()];
const SPECIAL = [0, -0, NaN, Infinity, -Infinity, 1e-45, -1e-45, 1e-38, 1, -1, 88.72283, 88.73, -87.4, -103.9, -104.1, 3.4e38, -3.4e38, 0.625, 2, -2];
/** Dense around zero, all magnitudes, and the special ones: a multiple of 16, so that every element is in a lane. */
const INPUT = Float32Array.from({ length: 16 * 1024 }, (_, i) => SPECIAL[i] ?? (i % 3 === 0 ? (i - 8192) / 500 : i % 3 === 1 ? (i % 2 === 0 ? 1 : -1) * 2 ** ((i % 250) - 126) * (1 + (i % 97) / 97) : Math.sin(i) * 100));

function dag(): NonNullable<ReturnType<typeof parseTc>['defs'][0]>['dag'] {
  const bodies = NAMES.map((name, k) => `  R${k}(i) = ${name}(A(i))\n`).join('');
  const [def] = parseTc(`def functions(float(${INPUT.length}) A) -> (${NAMES.map((_, k) => `R${k}`).join(', ')}) {\n${bodies}}`).defs;
  assert.ok(def);
  return def.dag;
}

const kernelFor = (unit: VectorUnit): Kernel => buildKernel(lowerNaive(dag()), { symbol: 'k', unit });

/** Distance in units of the last place of the wanted value (denormals: of the smallest float). */
function ulps(got: number, wanted: number): number {
  if (Object.is(Math.fround(wanted), got) || (Number.isNaN(got) && Number.isNaN(wanted))) return 0;
  const unit = 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(wanted)))) - 23);
  return Math.abs(got - wanted) / unit;
}

function check(outputs: readonly (readonly number[])[], where: string): void {
  NAMES.forEach((name, k) => {
    let worst = 0;
    let at = NaN;
    INPUT.forEach((x, i) => {
      const wanted = MATH_FUNCTIONS.get(name)?.apply(x, 0) ?? NaN;
      const got = outputs[k]?.[i] ?? NaN;
      const error = ulps(got, wanted);
      if (!(error <= worst)) { worst = error; at = x; }
    });
    assert.ok(worst <= 4, `${where}: ${name}(${at}) is off by ${worst} units of the last place`);
  });
}

test('wasm', () => {
  const kernel = kernelFor({ bytes: 16, registers: 16 });
  check(runWasm({ module: emitModule([kernel], { relaxedFma: false, maxPages: MAX_TEST_PAGES }), symbol: 'k', workspace: kernel.workspace, params: kernel.params, inputs: [INPUT], threads: 1 }), 'wasm');
});

test('C, all widths', async (t) => {
  const native = await startNative();
  if (native === undefined) {
    t.skip(NO_COMPILER);
    return;
  }
  try {
    const dialect = dialectOf(native.toolchain);
    const built = await native.builder.build([16, 32, 64].map((bytes) => {
      const kernel = { ...kernelFor({ bytes, registers: 16 }), symbol: `k${bytes}` };
      const text = printKernel(kernel, dialect);
      assert.match(text, new RegExp(`ansor_exp_v${bytes / 4}\\(`));
      return { symbol: kernel.symbol, prelude: PRELUDE, text, workspace: kernel.workspace };
    }));
    for (const [i, outcome] of built.entries()) {
      assert.ok(outcome.result.ok, outcome.result.ok ? '' : outcome.result.error.message);
      const id = 100 + i;
      await native.runner.store(id, toBytes(INPUT, 'float32', 4));
      const tensors: TensorSpec[] = [
        { role: 'input', dtype: 'float32', bytes: INPUT.byteLength, fill: { kind: 'stored', buffer: id } },
        ...NAMES.map((_, k): TensorSpec => ({ role: 'output', dtype: 'float32', bytes: INPUT.byteLength, fill: { kind: 'poison' }, keep: 1000 * (i + 1) + k })),
      ];
      const run = await native.runner.run({ artifact: outcome.result.value, tensors, threads: 1, timing: { ...DEFAULT_TIMING, repeats: 1 }, timeoutSeconds: 20 });
      assert.ok(run.result.ok, run.result.ok ? '' : run.result.error.message);
      const outputs: number[][] = [];
      for (const k of NAMES.keys()) {
        const read = await native.runner.read(1000 * (i + 1) + k, 0, INPUT.byteLength);
        assert.ok(read.ok);
        outputs.push(fromBytes(read.value, 'float32'));
      }
      check(outputs, `${[16, 32, 64][i] ?? 0} bytes`);
    }
  } finally {
    await native.close();
  }
});
