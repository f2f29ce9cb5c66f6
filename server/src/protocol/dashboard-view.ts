/**
 * What the dashboard shows of a log and of the session that writes it. Times of programs in milliseconds, all others in seconds. Lists of
 * one curve have equal lengths. `trial` counts the log's records from 1; `line` is the physical line; `seconds` is working time: gaps
 * between sessions and pauses are left out.
 */
import type { SessionState } from './session-state.js';

/** Corners of a falling step line, the last one being now. */
export interface StepLine { readonly trial: readonly number[]; readonly seconds: readonly number[]; readonly ms: readonly number[]; readonly line: readonly number[] }

/** Records as dots; of very many, an even choice. `ms` is null for those that failed, `error` 0 for those that did not. */
export interface Dots {
  readonly trial: readonly number[];
  readonly seconds: readonly number[];
  readonly ms: readonly (number | null)[];
  readonly error: readonly number[];
  readonly line: readonly number[];
}

export interface DashboardTask {
  readonly key: string;
  readonly name: string;
  readonly target: string;
  /** Calls in the model. */
  readonly weight: number;
  readonly flops: number | null;
  readonly records: number;
  readonly errors: number;
  readonly bestMs: number | null;
  readonly bestLine: number | null;
  readonly gflops: number | null;
  /** (slowest - fastest) / mean of the best record's repeats. */
  readonly spread: number | null;
  /** Share of the network's latency, 0 to 1; null while a task has no result. */
  readonly share: number | null;
  /**
   * Share, 0 to 1, of what the task scheduler expects of one more round of each task (the gradient of the network's latency, Ansor
   * section 6): which task has most to give. Null where it cannot tell.
   */
  readonly potential: number | null;
  readonly best: StepLine;
  readonly dots: Dots;
}

export interface ErrorKind {
  /** Number in the record, 1 to 8. */
  readonly error: number;
  readonly name: string;
  readonly count: number;
  /** The latest ones. */
  readonly latest: readonly { readonly line: number; readonly task: string; readonly message: string; /** `LOG.d` has the whole output. */ readonly output: boolean }[];
}

export interface DashboardView {
  /** Absolute path. */
  readonly log: string;
  readonly name: string;
  /** The session that writes the log now, or has just ended. */
  readonly session: SessionState | null;
  readonly target: string;
  /** What measured it, of the last session line. */
  readonly device: string;
  readonly compiler: string;
  readonly records: number;
  readonly errors: number;
  readonly seconds: number;
  /** Starts where every task has a result. `ms`: sum of the tasks' best times by weight. */
  readonly network: StepLine;
  readonly tasks: readonly DashboardTask[];
  /** Trials a minute: over the whole log, and lately. */
  readonly throughput: { readonly seconds: readonly number[]; readonly perMinute: readonly number[]; readonly now: number | null; readonly scoredPerSecond: number | null };
  readonly errorKinds: readonly ErrorKind[];
  /** Scores that the cost model gave before the measurement, against the speed that was measured, relative to the task's best (0 to 1). */
  readonly predictions: { readonly predicted: readonly number[]; readonly measured: readonly number[]; readonly line: readonly number[]; readonly task: readonly number[]; readonly rank: number | null };
  /** False while the log is still being read. */
  readonly complete: boolean;
  readonly problem?: string;
}
