/** Builds and runs the original's sampled schedules, for C and for WebAssembly; each is right or throws an assertion. */
import assert from 'node:assert/strict';
import { elementCount } from '../../server/src/ir/buffer.js';
import { lowerNaive } from '../../server/src/lower/lower.js';
import { verifySamples, type CheckPlan } from '../../server/src/measure/check.js';
import { DEFAULT_TIMING, type Artifact, type TensorSpec } from '../../server/src/measure/interface.js';
import { dialectOf } from '../../server/src/target/c/dialect.js';
import { printKernel } from '../../server/src/target/c/print.js';
import { PRELUDE } from '../../server/src/target/c/types.js';
import { buildKernel } from '../../server/src/target/kernel/build.js';
import type { Kernel } from '../../server/src/target/kernel/ir.js';
import { emitModule } from '../../server/src/target/wasm/emit.js';
import type { Native } from '../measure/native.js';
import type { OracleCase } from './oracle-programs.js';
import { MAX_TEST_PAGES, runWasm } from './run-wasm.js';

const FLOAT_BYTES = 4;
/** Numbers of buffers in the runner: inputs from 1, the naive program's outputs from here. */
const NAIVE = 50;
const TIMING = { ...DEFAULT_TIMING, repeats: 1, minSeconds: 0, flush: false };

/** Samples `indices` with a compiler: sampled elements against the definition, whole outputs against the naive program. */
export async function runWithC(native: Native, workload: OracleCase, indices: readonly number[]): Promise<void> {
  const plan = workload.plan();
  const candidates = [
    { name: 'naive', program: lowerNaive(workload.dag), inputs: workload.inputs, unit: undefined },
    ...indices.map((i) => ({ ...workload.program(i), unit: native.toolchain.vector })),
  ].map((c, i) => ({ ...c, kernel: buildKernel(c.program, { symbol: `k${i}`, unit: c.unit }) }));
  const built = await native.builder.build(candidates.map(({ kernel }) => ({ symbol: kernel.symbol, prelude: PRELUDE, text: printKernel(kernel, dialectOf(native.toolchain)), workspace: kernel.workspace })));
  for (const [i, { name, kernel, inputs }] of candidates.entries()) {
    const what = `${workload.name}, ${name}`;
    const result = built[i]?.result;
    assert.ok(result?.ok, `${what}: ${JSON.stringify(result)}`);
    for (const [k, data] of inputs.entries()) await native.runner.store(k + 1, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    await runOnce(native, what, kernel, result.value, plan, i === 0, 1 + (i % 2));
  }
}

async function runOnce(native: Native, what: string, kernel: Kernel, artifact: Artifact, plan: CheckPlan, naive: boolean, threads: number): Promise<void> {
  const inputs = kernel.params.length - kernel.outputCount;
  const tensors = kernel.params.map((b, k): TensorSpec => {
    const bytes = elementCount(b.shape) * FLOAT_BYTES;
    if (k < inputs) return { role: 'input', dtype: b.dtype, bytes, fill: { kind: 'stored', buffer: k + 1 } };
    const output = plan[k - inputs];
    assert.ok(output !== undefined);
    const place = NAIVE + k - inputs;
    const whole = naive ? { keep: place } : { compare: { buffer: place, atol: output.atol, rtol: output.rtol } };
    return { role: 'output', dtype: b.dtype, bytes, fill: { kind: 'poison' }, samples: output.samples, ...whole };
  });
  const run = await native.runner.run({ artifact, tensors, threads, timing: TIMING, timeoutSeconds: 120 });
  assert.ok(run.result.ok, `${what}: ${JSON.stringify(run.result)}`);
  const checked = verifySamples(plan, run.result.value.samples.slice(inputs));
  assert.ok(checked.ok, `${what}: ${checked.ok ? '' : checked.error.message}`);
}

/** Samples `indices` as WebAssembly in this process: sampled elements against the definition, whole outputs against each other. */
export function runWithWasm(workload: OracleCase, indices: readonly number[], relaxedFma: boolean): void {
  const plan = workload.plan();
  let first: readonly number[][] | undefined;
  for (const i of indices) {
    const { name, program, inputs } = workload.program(i);
    const what = `${workload.name}, ${name}`;
    const kernel = buildKernel(program, { symbol: 'k', unit: { bytes: 16, registers: 16 } });
    const module = emitModule([kernel], { relaxedFma, maxPages: MAX_TEST_PAGES });
    const got = runWasm({ module, symbol: 'k', workspace: kernel.workspace, params: kernel.params, inputs, threads: 1 + (i % 2) });
    const checked = verifySamples(plan, plan.map((o, k) => o.samples.map((at) => got[k]?.[at] ?? NaN)));
    assert.ok(checked.ok, `${what}: ${checked.ok ? '' : checked.error.message}`);
    const whole: readonly number[][] = first ?? got;
    first = whole;
    for (const [k, output] of plan.entries()) {
      const reference: readonly number[] = whole[k] ?? [];
      const wrong = got[k]?.findIndex((x, at) => !(Math.abs(x - (reference[at] ?? NaN)) <= 2 * (output.atol + output.rtol * Math.abs(x)))) ?? 0;
      assert.equal(wrong, -1, `${what}: element ${wrong} of ${output.buffer.name} is ${got[k]?.[wrong]}, in the first sample ${reference[wrong]}`);
    }
  }
}
