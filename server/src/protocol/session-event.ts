/**
 * What a tuning session says while it runs. `ansor tune --json` prints each event as one line of JSON, and everyone who is
 * attached to the session's socket gets the same lines. Times of programs are in milliseconds, everything else in seconds.
 */

/** One search task of the model, and how far it is. */
export interface TaskStatus {
  /** The workload key as records write it. */
  readonly key: string;
  /** For people, e.g. `conv2d_nhwc+T_add+T_relu`. */
  readonly name: string;
  /** How many layers of the model use this task; 0 while another algorithm for it is faster. */
  readonly weight: number;
  /** Key of the task for which this one is another algorithm (its sibling). */
  readonly of?: string;
  readonly flops: number;
  /** Records that count, those of the log from before included. */
  readonly trials: number;
  /** Those of them that another model or machine measured, confirmed by a run here; absent: none. */
  readonly borrowed?: number;
  readonly errors: number;
  /** Null until a checked result is there. */
  readonly bestMs: number | null;
  readonly gflops: number | null;
}

/** The first event: what will be done. `trials` are already in the log, `planned` is the number of records to reach. */
export interface StartedEvent {
  readonly event: 'started';
  readonly model: string;
  readonly target: string;
  readonly log: string;
  readonly threads: number;
  readonly trials: number;
  readonly planned: number;
  /** Seconds of work (pauses do not count) after which no round begins; absent: no limit. */
  readonly timeLimitSeconds?: number;
  readonly tasks: readonly TaskStatus[];
}

/** A task gets the next batch of `trials` candidates. */
export interface RoundEvent {
  readonly event: 'round';
  readonly round: number;
  /** Workload key. */
  readonly task: string;
  readonly trials: number;
}

/** One record was appended to the log, at physical line `line` (from 1). */
export interface TrialEvent {
  readonly event: 'trial';
  readonly task: string;
  readonly line: number;
  /** Null when the candidate failed. */
  readonly ms: number | null;
  /** How sure that is: slowest over fastest section of the run that counts, minus 1. */
  readonly spread?: number;
  /** Score of the trained cost model before it was measured: the higher, the faster the program is thought to be. */
  readonly predicted?: number;
  /** Where the program is from, if not from the search. */
  readonly rule?: 'default' | 'borrowed' | 'compatible';
  /** Of borrowed and compatible ones: the record that had it. `log` absent: this session's log. */
  readonly source?: {
    readonly log?: string; readonly line: number; readonly from: 'model' | 'machine' | 'target' | 'compatible'; readonly factor?: number; readonly unverified?: boolean;
  };
  /** This run confirmed what others measured: so many records count because of it, this one included. */
  readonly confirms?: number;
  /** Number of the record's error, 1 to 8, with its cause in one line. */
  readonly error?: { readonly number: number; readonly detail?: string };
}

/** A checked result is now its task's best. */
export interface BestEvent {
  readonly event: 'best';
  readonly task: string;
  /** Key of its sibling whose layers use this task from now on: another algorithm for the same operator. */
  readonly instead?: string;
  readonly line: number;
  readonly ms: number;
  readonly gflops: number;
}

/** Said at least every few seconds. */
export interface ProgressEvent {
  readonly event: 'progress';
  /** Counts of the whole session's model, as in `started`. */
  readonly trials: number;
  readonly planned: number;
  readonly errors: number;
  readonly seconds: number;
  /** Estimated from the tasks' best times and weights; null while a task has none. */
  readonly latencyMs: number | null;
  /** Null when it cannot be told yet. */
  readonly etaSeconds: number | null;
  /** Distinct valid states that the cost model scored so far in this run. */
  readonly candidatesScored?: number;
}

/**
 * How well the cost model, as it was when they were proposed, put a round's programs in order: said when they have been measured, before it
 * learns from them. Not said while the model is untrained.
 */
export interface ModelEvent {
  readonly event: 'model';
  readonly round: number;
  /** Workload key. */
  readonly task: string;
  /** Programs of the round that were measured, failed ones included. */
  readonly programs: number;
  /** Programs that the model had learnt from. */
  readonly learntFrom: number;
  /** Spearman's, of scores and speeds: 1 is the right order, 0 chance. Null where all scores or all times are equal. */
  readonly rankCorrelation: number | null;
  /** Share of the round's `top` fastest programs that are among the `top` with the highest scores; `top` is 30, or half of the programs if that is less. */
  readonly recall: { readonly top: number; readonly share: number };
}

/** Somebody paused the session, let it go on, or changed its budget. Said to all who watch. */
export interface ControlEvent {
  readonly event: 'control';
  readonly paused: boolean;
  readonly planned: number;
  /** Seconds of work after which no round begins; null: no limit. */
  readonly timeLimitSeconds: number | null;
}

/**
 * Programs of a task that are about equal, run in turn, the fastest first. `clear`: the first two differ by more than their times vary; else
 * nobody can say which is faster here.
 */
export interface LeadersEvent {
  readonly event: 'leaders';
  readonly task: string;
  readonly clear: boolean;
  readonly turns: number;
  /** `spread`: half the distance of the quartiles, relative. */
  readonly leaders: readonly { readonly line: number; readonly ms: number; readonly spread: number }[];
}

/** How much times varied. `spread`: median over programs; `disturbed`: programs that still varied after they were run again. */
export interface NoiseSummary { readonly spread: number; readonly disturbed: number; readonly measured: number; readonly tooNoisy: boolean }

export interface DoneTask {
  readonly key: string;
  readonly name: string;
  /** 0: another algorithm for it is faster. */
  readonly weight: number;
  /** Key of the task for which this one is another algorithm. */
  readonly of?: string;
  readonly bestMs: number | null;
  readonly gflops: number | null;
  /** Records of other models or machines that count; absent: none. */
  readonly borrowed?: number;
}

/** The last event of a session that did its work, cancelled ones included. */
export interface DoneEvent {
  readonly event: 'done';
  /** Records of the search that this run measured: 0 when the log had all of them. */
  readonly trials: number;
  /** Those of them that failed. */
  readonly errors: number;
  /** Runs besides, one a task, that confirmed records of other models or machines; absent: none. */
  readonly confirmingRuns?: number;
  readonly seconds: number;
  /** `searchS` (a model in training included), `buildS`, `runS`, `waitS` (for a model) and `otherS` (setting up, checking, writing) follow each other and add up to `seconds`; `aheadS` (searching), `trainS` (training) and `gateS` (compilers that stood still while programs were timed) go on beside them. */
  readonly time: {
    readonly searchS: number; readonly aheadS: number; readonly trainS: number; readonly buildS: number; readonly runS: number; readonly waitS: number; readonly gateS: number; readonly otherS: number;
  };
  /** Distinct valid states that the cost model scored. */
  readonly candidatesScored: number;
  /** Absent where nothing was measured. */
  readonly noise?: NoiseSummary;
  readonly log: string;
  readonly tasks: readonly DoneTask[];
  readonly latencyMs: { readonly naive: number | null; readonly before: number | null; readonly after: number | null };
  /** Tasks that are faster in the network with another program than their best: that of the default rules, or another record's; absent: none. */
  readonly inNetwork?: { readonly byRules: number; readonly byRecord: number };
  /** There when a person stopped it before its budget was spent. */
  readonly cancelled?: boolean;
}

/** Something a person should know; the session goes on. */
export interface WarningEvent {
  readonly event: 'warning';
  readonly message: string;
  /** Workload key, where it is about one task. */
  readonly task?: string;
}

/**
 * The session stands still because of something outside it (full disk, folder gone or read-only) and tries again; `message` null: mended,
 * it goes on. The time does not count.
 */
export interface StalledEvent {
  readonly event: 'stalled';
  readonly message: string | null;
}

/** The last event of a session that failed: one clear message, with the place in a file where there is one. */
export interface ErrorEvent {
  readonly event: 'error';
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

export type SessionEvent = StartedEvent | RoundEvent | TrialEvent | BestEvent | ProgressEvent | ModelEvent | ControlEvent | WarningEvent | StalledEvent | LeadersEvent | DoneEvent | ErrorEvent;
