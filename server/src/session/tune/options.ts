/** What a tuning run is asked to do. */
import type { SourceLog } from '../../records/reuse/programs.js';
import type { SearchParams } from '../../search/params.js';
import type { Backend } from '../backend.js';
import type { TuningInput } from '../input.js';
import type { LogFile } from '../log-file.js';

/** -O0: default rules, nothing measured; -O2: few knobs, about 100 trials a network; -O3: everything. */
export type Level = 'O0' | 'O2' | 'O3';

export interface TuneOptions {
  /** Records that the model's tasks shall have in the log (`more` false), or records to add (`more` true). */
  readonly trials: number;
  readonly more: boolean;
  readonly seed: number;
  /** Seconds after which no new round begins; undefined: none. */
  readonly timeLimitSeconds: number | undefined;
  readonly level: Level;
  /** Trials of a round; undefined: chosen from budget and number of tasks. */
  readonly round: number | undefined;
  readonly params: SearchParams;
}

/** Trials a round: three rounds per task, so that the cost model learns and the scheduler can choose; few trials still reach all tasks. */
export function roundSize(options: Pick<TuneOptions, 'round' | 'trials'>, tasks: number): number {
  const least = Math.max(1, Math.min(4, Math.floor(options.trials / tasks)));
  return options.round ?? Math.min(64, Math.max(least, Math.ceil(options.trials / (3 * tasks))));
}

/** Everything that a tuning run works with. */
export interface TuneRun {
  readonly input: TuningInput;
  readonly backend: Backend;
  readonly log: LogFile;
  /** Further logs, of other models or machines, that are read only. */
  readonly reuse?: readonly SourceLog[];
  /** As people gave it, for messages. */
  readonly logName: string;
  readonly options: TuneOptions;
  readonly version: string;
}
