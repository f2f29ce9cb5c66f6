/** Numbers about logs: what was measured, what failed, how soon good programs came. */
import { meanCost } from './best.js';
import { bestSoFar, indexLog, type IndexedTask } from './log-index.js';
import type { LogLine } from './read-log.js';
import { MEASURE_ERRORS } from './record.js';

export interface TaskStats {
  readonly key: string;
  readonly name: string;
  readonly target: string;
  readonly records: number;
  readonly errors: number;
  /** Milliseconds; null while nothing succeeded. */
  readonly bestMs: number | null;
  readonly bestLine: number | null;
  /** 1e9 operations a second; null where the FLOPs are not known. */
  readonly gflops: number | null;
  /** Records until one was within 5 % of the best. */
  readonly recordsToGood: number | null;
}

export interface LogStats {
  readonly records: number;
  /** AutoTVM's records. */
  readonly foreign: number;
  /** How many records have each format version. */
  readonly versions: Readonly<Record<string, number>>;
  /** How many records failed with each error. */
  readonly errors: Readonly<Record<string, number>>;
  /** Wall time of all builds and runs, as the records tell it. */
  readonly measureSeconds: number;
  readonly tasks: readonly TaskStats[];
}

const GOOD = 1.05;

export function logStats(lines: readonly LogLine[]): LogStats {
  const versions: Record<string, number> = {};
  const errors: Record<string, number> = {};
  let [records, foreign, measureSeconds] = [0, 0, 0];
  for (const line of lines) {
    if (line.kind !== 'record' && line.kind !== 'autotvm') continue;
    const { version, result } = line.record;
    const named = line.kind === 'record' ? version : `AutoTVM ${version}`;
    versions[named] = (versions[named] ?? 0) + 1;
    if (result.errorNo !== 0) errors[MEASURE_ERRORS[result.errorNo]] = (errors[MEASURE_ERRORS[result.errorNo]] ?? 0) + 1;
    measureSeconds += result.allCost;
    if (line.kind === 'record') records++;
    else foreign++;
  }
  return { records, foreign, versions, errors, measureSeconds, tasks: indexLog(lines).tasks.map(taskStats) };
}

function taskStats(task: IndexedTask): TaskStats {
  const { best, note } = task;
  const seconds = best === undefined ? undefined : meanCost(best.record.result);
  const flops = note === undefined || note.flops <= 0 ? undefined : note.flops;
  return {
    key: task.workloadKey, name: note?.name ?? task.workloadKey, target: task.target, records: task.records.length, errors: task.errors,
    bestMs: seconds === undefined ? null : seconds * 1000, bestLine: best?.line ?? null,
    gflops: seconds === undefined || flops === undefined ? null : flops / seconds / 1e9,
    recordsToGood: seconds === undefined ? null : bestSoFar(task).findIndex((cost) => cost !== undefined && cost <= seconds * GOOD) + 1,
  };
}
