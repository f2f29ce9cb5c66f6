/** Builds, runs and checks a real kernel: a matrix product by the default rules, compared with the naive program and its definition. */
import { err, ok, type Result } from '../../base/result.js';
import { defined } from '../../base/assert.js';
import { dagFlops } from '../../dag/flops.js';
import { parseTc } from '../../lang/parse.js';
import type { KernelReport } from '../../protocol/setup-report.js';
import type { Backend } from '../backend.js';
import { compileState, defaultState, symbolFor } from '../compile.js';
import { BufferIds, TaskBench } from '../task-bench.js';

const OPERATOR = 'def matmul(float(128, 128) A, float(128, 128) B) -> (C) {\n  C(i, j) +=! A(i, k) * B(k, j)\n}\n';
/** Runs of the same program, from which the noise is told. */
const RUNS = 5;

export async function checkKernel(backend: Backend): Promise<Result<KernelReport, string>> {
  const dag = defined(parseTc(OPERATOR).defs[0], 'the operator of the check').dag;
  const made = await TaskBench.create(backend, dag, 1, new BufferIds());
  if (!made.ok) return err(made.error.message);
  const bench = made.value;
  try {
    const compiled = compileState(defaultState(dag, backend), symbolFor('setup check'), backend.unit);
    const start = performance.now();
    const built = defined((await backend.build([compiled.kernel]))[0], 'the outcome of a build');
    const buildMs = performance.now() - start;
    if (!built.result.ok) return err(built.result.error.message);
    const medians: number[] = [];
    let stealTicks = 0;
    for (let run = 0; run < RUNS; run++) {
      const outcome = await bench.run(built.result.value, compiled, undefined);
      if (!outcome.result.ok) return err(outcome.result.error.message);
      medians.push(median(outcome.result.value.seconds));
      stealTicks += outcome.stealTicks;
    }
    const seconds = median(medians);
    return ok({
      naiveMs: bench.naiveSeconds === undefined ? null : bench.naiveSeconds * 1000, scheduledMs: seconds * 1000, gflops: dagFlops(dag) / seconds / 1e9, buildMs,
      spread: (Math.max(...medians) - Math.min(...medians)) / seconds, runs: RUNS, stealTicks,
    });
  } finally {
    await bench.close();
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
