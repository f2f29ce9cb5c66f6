/** Measuring candidates: built in groups, run one after another, one record each. */
import { existsSync } from 'node:fs';
import type { TransformStep } from '../../schedule/step.js';
import { errorNumber, type MeasureError } from '../../measure/errors.js';
import type { BuildOutcome } from '../../measure/interface.js';
import { FAILED_COST } from '../../records/best.js';
import type { MeasureRecord, MeasureResult } from '../../records/record.js';
import type { Kernel } from '../../target/kernel/ir.js';
import type { Backend } from '../backend.js';
import type { TaskBench } from '../task-bench.js';
import type { BuildQueue, BuiltProgram } from './build-queue.js';
import type { WorkClock } from './clock.js';
import { NOISY } from './noise.js';
import type { Stall } from './stall.js';

export interface Trial {
  readonly steps: readonly TransformStep[];
  readonly result: MeasureResult;
  readonly error: MeasureError | undefined;
  /** The program that failed; undefined where it is not the program's fault, or where there is none. */
  readonly failed?: Kernel;
  /** Slowest over fastest section, minus 1; undefined where there are not two. */
  readonly spread?: number;
}

/** A disturbed run is run again as long as the candidate may be among the best; the least disturbed one (lowest mean) is the one that counts. */
const MOST_RUNS = 4;
const MAY_BE_BEST = 1.3;
/** How often a candidate whose runner died is run again. */
const MOST_RESTARTS = 3;

/**
 * Measures what `queue` builds; `onTrial` is called for each in order as soon as it is known. Stops early when `stopped` says so; between two
 * candidates it waits for `untilResumed`.
 * Where nothing can be built, whatever the candidate, it waits. @throws SessionError if it is cancelled then
 */
export async function measureAll(
  queue: BuildQueue, bench: TaskBench, best: () => number | undefined, clock: WorkClock, stall: Stall, onTrial: (index: number, trial: Trial) => Promise<void>,
  stopped: () => boolean, untilResumed: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const next = (): Promise<readonly BuiltProgram[] | undefined> => clock.spend('build', () => queue.next(stall));
  let index = 0;
  for (let group = stopped() ? undefined : await next(); group !== undefined; group = stopped() ? undefined : await next()) {
    for (const program of group) {
      await untilResumed();
      if (stopped()) return;
      await onTrial(index++, await clock.spend('run', () => runOne(program, () => queue.again(program, stall), bench, best())));
    }
  }
}

async function runOne({ state, compiled, built: firstBuilt }: BuiltProgram, rebuild: () => Promise<BuildOutcome>, bench: TaskBench, best: number | undefined): Promise<Trial> {
  let built = firstBuilt;
  const timestamp = Math.floor(Date.now() / 1000);
  const failed = (error: MeasureError, seconds: number): Trial => ({
    steps: state.steps, error, ...(compiled === undefined || error.kind === 'runner' ? {} : { failed: compiled.kernel }), result: { costs: [FAILED_COST], errorNo: errorNumber(error), allCost: seconds, timestamp },
  });
  if (!built.result.ok || compiled === undefined) return failed(built.result.ok ? { kind: 'compile', message: 'not compiled' } : built.result.error, built.seconds);
  let costs: readonly number[] = [];
  let wall = 0;
  for (let runs = 0; runs < MOST_RUNS; runs++) {
    let outcome = await bench.run(built.result.value, compiled, best);
    // A runner that died says nothing about the candidate; it is started again by the next request.
    for (let again = 0; again < MOST_RESTARTS && !outcome.result.ok && outcome.result.error.kind === 'runner'; again++) outcome = await bench.run(built.result.value, compiled, best);
    // Nor does a program that somebody removed before it was loaded.
    if (!outcome.result.ok && outcome.result.error.kind === 'load' && !existsSync(built.result.value.file)) {
      built = await rebuild();
      if (!built.result.ok) return failed(built.result.error, built.seconds);
      outcome = await bench.run(built.result.value, compiled, best);
    }
    wall += outcome.wallSeconds;
    if (!outcome.result.ok) return failed(outcome.result.error, built.seconds + wall);
    const { seconds } = outcome.result.value;
    if (costs.length === 0 || mean(seconds) < mean(costs)) costs = seconds;
    if (spread(seconds) <= NOISY || (best !== undefined && Math.min(...seconds) > best * MAY_BE_BEST)) break;
  }
  // Nothing becomes a task's best that is wrong on inputs on which programs like to go wrong.
  if (best === undefined || mean(costs) < best) {
    let verified = await bench.verify(built.result.value, compiled);
    for (let again = 0; again < MOST_RESTARTS && !verified.ok && verified.error.kind === 'runner'; again++) verified = await bench.verify(built.result.value, compiled);
    if (!verified.ok) return failed(verified.error, built.seconds + wall);
  }
  return { steps: state.steps, error: undefined, ...(costs.length > 1 ? { spread: spread(costs) - 1 } : {}), result: { costs, errorNo: 0, allCost: built.seconds + wall, timestamp } };
}

function mean(xs: readonly number[]): number {
  return xs.reduce((a, b) => a + b, 0) / xs.length;
}

function spread(seconds: readonly number[]): number {
  return Math.max(...seconds) / Math.min(...seconds);
}

/** The record of a trial, in the newest format. */
export function recordOf(trial: Trial, key: string, backend: Backend): MeasureRecord {
  return {
    workloadKey: key, target: backend.targetText, hardware: backend.hardware, targetHost: '', layoutRewrite: 2, taskInputs: [],
    steps: trial.steps, result: trial.result, version: 'v0.6',
  };
}
