/** C code computes what the DAG says, under every schedule, on this machine's vector unit, narrower and wider ones, and without vectors. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { verifySamples } from '../../server/src/measure/check.js';
import type { CSource } from '../../server/src/measure/builder.js';
import { DEFAULT_TIMING, type TensorSpec } from '../../server/src/measure/interface.js';
import { elementCount } from '../../server/src/ir/buffer.js';
import { dtypeBytes } from '../../server/src/ir/dtype.js';
import { dialectOf } from '../../server/src/target/c/dialect.js';
import { printKernel, type CDialect } from '../../server/src/target/c/print.js';
import { PRELUDE } from '../../server/src/target/c/types.js';
import { buildKernel } from '../../server/src/target/kernel/build.js';
import type { Kernel, VectorUnit } from '../../server/src/target/kernel/ir.js';
import { NO_COMPILER, startNative, type Native } from '../measure/native.js';
import { caseOfProgram, casesOf, type Candidate, type Case } from './candidates.js';
import { PROGRAMS } from './programs.js';
import { randomCases } from './random-nests.js';
import { toBytes } from './typed-bytes.js';
import { WORKLOADS } from './workloads.js';

const SAMPLES = Number(process.env['ANSOR_TEST_SAMPLES'] ?? 3);
const SEED = Number(process.env['ANSOR_TEST_SEED'] ?? 9);
/** Any compiler has these, through vectors that it splits itself. */
const PORTABLE: CDialect = { x86VectorBytes: 0, pin: undefined };
const UNITS: readonly VectorUnit[] = [{ bytes: 16, registers: 16 }, { bytes: 32, registers: 16 }, { bytes: 32, registers: 32 }, { bytes: 64, registers: 32 }];

let native: Native | undefined;
before(async () => { native = await startNative(); });
after(() => native?.close());

/** The machine's own unit and dialect for every fifth program, the portable form of some unit for the others; the latter are optimized only where samples are many. */
function codeOf(n: Native, candidate: Candidate, i: number): { readonly kernel: Kernel; readonly source: CSource; readonly how: string; readonly own: boolean } {
  const own = i % 5 === 1;
  const unit = candidate.naive ? undefined : own ? n.toolchain.vector : UNITS[(i + 2) % UNITS.length];
  const kernel = buildKernel(candidate.program, { symbol: `k${i}`, unit });
  const text = printKernel(kernel, own ? dialectOf(n.toolchain) : PORTABLE);
  return { own, kernel, source: { symbol: kernel.symbol, prelude: PRELUDE, text, workspace: kernel.workspace }, how: `${candidate.name}, ${unit?.bytes ?? 0} bytes x ${unit?.registers ?? 0}` };
}

const CASES: readonly (readonly [string, () => Case])[] = [
  ...WORKLOADS.map(({ name, dag }) => [name, () => casesOf(dag, SEED, SAMPLES)] as const),
  ...Object.entries(PROGRAMS).map(([name, program]) => [name, () => caseOfProgram(program)] as const),
  ...randomCases(SEED, 3 * SAMPLES, true),
];

for (const [name, make] of CASES) {
  test(`c: ${name}`, async (t) => {
    if (native === undefined) {
      t.skip(NO_COMPILER);
      return;
    }
    const n = native;
    const { plan, candidates } = make();
    const codes = candidates.map((c, i) => codeOf(n, c, i));
    const fast = codes.filter(({ own }) => own || SAMPLES > 3);
    const portable = codes.filter((code) => !fast.includes(code));
    const outcomes = [...await n.builder.build(fast.map((c) => c.source)), ...await n.unoptimized.build(portable.map((c) => c.source))];
    const built = new Map([...fast, ...portable].map((code, i) => [code, outcomes[i]]));
    for (const [i, code] of codes.entries()) {
      const { kernel, how } = code;
      const result = built.get(code)?.result;
      assert.ok(result?.ok, `${how}: ${JSON.stringify(result)}`);
      const inputs = candidates[i]?.inputs ?? [];
      for (const [k, values] of inputs.entries()) {
        const dtype = kernel.params[k]?.dtype ?? 'float32';
        await n.runner.store(k + 1, toBytes(values, dtype, dtypeBytes(dtype)));
      }
      const tensors = kernel.params.map((b, k): TensorSpec => ({
        role: k < inputs.length ? 'input' : 'output', dtype: b.dtype, bytes: elementCount(b.shape) * dtypeBytes(b.dtype),
        fill: k < inputs.length ? { kind: 'stored', buffer: k + 1 } : { kind: 'poison' }, samples: plan[k - inputs.length]?.samples ?? [],
      }));
      for (const threads of [1, 2]) {
        const run = await n.runner.run({ artifact: result.value, tensors, threads, timing: { ...DEFAULT_TIMING, repeats: 1, flush: false }, timeoutSeconds: 20 });
        assert.ok(run.result.ok, `${how}: ${JSON.stringify(run.result)}`);
        const checked = verifySamples(plan, run.result.value.samples.slice(inputs.length));
        assert.ok(checked.ok, `${how}, ${threads} threads: ${checked.ok ? '' : checked.error.message}`);
      }
    }
  });
}
