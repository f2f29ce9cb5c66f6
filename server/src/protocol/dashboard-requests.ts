/** What the dashboard asks besides its view. */
import type { Budget } from './session-message.js';

/** `uri` of a log on a disk; absent: the log of the session that runs, or that ran last. */
export interface DashboardParams { readonly uri?: string }

export type ControlAction = 'pause' | 'resume' | 'stop' | 'budget';
/** `id` of the session. */
export interface ControlParams { readonly id: string; readonly action: ControlAction; readonly budget?: Budget }

/** All that is known about a record's failure: the log's message, or the whole compiler output where it is longer. */
export interface FailureText { readonly title: string; readonly text: string }

/** A record's program as files in a folder of the extension's storage. */
export interface ReproducedView {
  readonly folder: string;
  readonly files: readonly string[];
  /** For a POSIX shell in the folder; null where there is nothing to run here. */
  readonly command: string | null;
  readonly note: string;
}

/** Before a start: what it will cost. Seconds and bytes are estimates. */
export interface TuneEstimate {
  readonly log: string;
  /** Records that the log has for this target's tasks, and that it shall have. */
  readonly records: number;
  readonly trials: number;
  readonly tasks: number;
  readonly secondsPerTrial: number;
  /** `log`: seen in this log; `others`: a usual value. */
  readonly basis: 'log' | 'usual';
  readonly seconds: number;
  /** Log and compiled code. */
  readonly bytes: number;
  readonly problem?: string;
}
