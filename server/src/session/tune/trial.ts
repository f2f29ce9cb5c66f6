/** Measuring a batch of candidates: compile, build all, run one after another, one record each. */
import { existsSync } from 'node:fs';
import { err, type Result } from '../../base/result.js';
import type { TransformStep } from '../../schedule/step.js';
import { ScheduleError } from '../../schedule/step.js';
import type { State } from '../../schedule/state.js';
import { cutMessage, errorNumber, type MeasureError } from '../../measure/errors.js';
import type { BuildOutcome } from '../../measure/interface.js';
import { FAILED_COST } from '../../records/best.js';
import type { MeasureRecord, MeasureResult } from '../../records/record.js';
import { CodegenError } from '../../target/kernel/build.js';
import type { Kernel } from '../../target/kernel/ir.js';
import type { Backend } from '../backend.js';
import { compileState, symbolFor, type CompiledState } from '../compile.js';
import { SessionError } from '../problem.js';
import type { TaskBench } from '../task-bench.js';
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

/** Candidates that are built before the first of them runs, per compiler: whoever cancels does not wait for more. */
const BUILT_AHEAD = 6;

/**
 * Measures `states`; `onTrial` is called for each in order as soon as it is known. Stops early when `stopped` says so; between two
 * candidates it waits for `untilResumed`.
 * Where nothing can be built, whatever the candidate, it waits. @throws SessionError if it is cancelled then
 */
export async function measureBatch(
  backend: Backend, bench: TaskBench, key: string, states: readonly State[], best: () => number | undefined, clock: WorkClock,
  stall: Stall, onTrial: (index: number, trial: Trial) => Promise<void>, stopped: () => boolean, untilResumed: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const ahead = BUILT_AHEAD * Math.max(2, backend.threads);
  for (let from = 0; from < states.length; from += ahead) {
    if (stopped()) return;
    const group = states.slice(from, from + ahead);
    const compiled = await clock.spend('build', () => group.map((s) => compileOne(s, key, backend)));
    const outcomes = await clock.spend('build', () => stall.until(() => buildAll(backend, compiled.flatMap((c) => (c.ok ? [c.value.kernel] : [])))));
    let next = 0;
    for (const [i, state] of group.entries()) {
      await untilResumed();
      if (stopped()) return;
      const c = compiled[i];
      if (c === undefined) continue;
      const built: BuildOutcome = c.ok ? outcomes[next++] ?? missing() : { result: c, seconds: 0, cached: false };
      const rebuild = async (): Promise<BuildOutcome> => (c.ok ? (await stall.until(() => buildAll(backend, [c.value.kernel])))[0] ?? missing() : built);
      await onTrial(from + i, await clock.spend('run', () => runOne(state, c.ok ? c.value : undefined, built, rebuild, bench, best())));
    }
  }
}

/** @throws SessionError (mendable) where the place to build in fails, which says nothing about a candidate */
async function buildAll(backend: Backend, kernels: readonly Kernel[]): Promise<readonly BuildOutcome[]> {
  const outcomes = await backend.build(kernels);
  for (const { result } of outcomes) {
    if (!result.ok && result.error.kind === 'runner') throw new SessionError(`programs cannot be built: ${result.error.message}`, {}, false, result.error.mendable === true);
  }
  return outcomes;
}

function missing(): never {
  throw new Error('assertion failed: a build has one outcome per kernel');
}

function compileOne(state: State, key: string, backend: Backend): Result<CompiledState, MeasureError> {
  try {
    return { ok: true, value: compileState(state, symbolFor(key + JSON.stringify(state.steps)), backend.unit) };
  } catch (e) {
    if (e instanceof ScheduleError) return err({ kind: 'instantiation', message: cutMessage(e.message) });
    if (e instanceof CodegenError) return err({ kind: 'compile', message: cutMessage(e.message) });
    throw e;
  }
}

async function runOne(state: State, compiled: CompiledState | undefined, firstBuilt: BuildOutcome, rebuild: () => Promise<BuildOutcome>, bench: TaskBench, best: number | undefined): Promise<Trial> {
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
