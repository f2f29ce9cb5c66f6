/** A session as its viewers see it: what the events add up to. Sent whole, so that a viewer may come and go at any time. */
import type { DoneEvent, ModelEvent, TaskStatus } from './session-event.js';
import type { SessionInfo } from './session-info.js';

/**
 * `starting` until the first event; `cancelling` after a person asked it to stop; `done`, `failed` are ends it reported,
 * `lost` is an end without a word (killed, crashed).
 */
export type SessionPhase = 'starting' | 'running' | 'cancelling' | 'done' | 'failed' | 'lost';

export interface SessionState {
  readonly info: SessionInfo;
  readonly phase: SessionPhase;
  readonly target: string | null;
  readonly trials: number;
  readonly planned: number;
  readonly errors: number;
  readonly seconds: number;
  readonly latencyMs: number | null;
  readonly etaSeconds: number | null;
  /** Nothing is searched or measured until somebody resumes it. Only while the phase is `starting` or `running`. */
  readonly paused: boolean;
  /** Why it stands still by itself and tries again (full disk, folder gone); null: it does not. */
  readonly stalled: string | null;
  /** Seconds of work after which no round begins; null: no limit. */
  readonly timeLimitSeconds: number | null;
  /** Distinct valid states that the cost model scored so far. */
  readonly candidatesScored: number;
  /** What was last said of the cost model; null: nothing yet. */
  readonly model: ModelEvent | null;
  readonly tasks: readonly TaskStatus[];
  /** Workload key of the task whose candidates are measured now. */
  readonly currentTask: string | null;
  /** There in phase `done`. */
  readonly result: DoneEvent | null;
  /** There in phases `failed` and `lost`. */
  readonly problem: string | null;
}
