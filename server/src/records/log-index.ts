/** A log by task: which records belong to which workload and target, and the notes about them. */
import { bestOf, meanCost } from './best.js';
import type { SessionNote, TaskNote, TrialNote } from './comments.js';
import type { LogLine } from './read-log.js';
import type { MeasureRecord } from './record.js';

export interface IndexedRecord {
  /** Physical line in the log, from 1. */
  readonly line: number;
  readonly record: MeasureRecord;
  readonly trial: TrialNote | undefined;
}

export interface IndexedTask {
  readonly workloadKey: string;
  readonly target: string;
  /** The task's own note, if the log has one. */
  readonly note: TaskNote | undefined;
  /** In the order of the log. */
  readonly records: readonly IndexedRecord[];
  /** Undefined while no measurement succeeded. */
  readonly best: IndexedRecord | undefined;
  readonly errors: number;
}

export interface LogIndex {
  /** In the order of their first records. */
  readonly tasks: readonly IndexedTask[];
  readonly sessions: readonly { readonly line: number; readonly note: SessionNote }[];
  /** By workload key; also of tasks that have no record yet. */
  readonly notes: ReadonlyMap<string, TaskNote>;
}

/** The records of equal workload key and equal target string form a task. */
export function indexLog(lines: readonly LogLine[]): LogIndex {
  const notes = new Map<string, TaskNote>();
  const trials = new Map<number, TrialNote>();
  const sessions: { line: number; note: SessionNote }[] = [];
  for (const line of lines) {
    if (line.kind === 'task') notes.set(line.note.key, line.note);
    else if (line.kind === 'trial') trials.set(line.note.line, line.note);
    else if (line.kind === 'session') sessions.push({ line: line.line, note: line.note });
  }
  const groups = new Map<string, IndexedRecord[]>();
  for (const line of lines) {
    if (line.kind !== 'record') continue;
    const id = JSON.stringify([line.record.workloadKey, line.record.target]);
    const group = groups.get(id) ?? [];
    if (group.length === 0) groups.set(id, group);
    group.push({ line: line.line, record: line.record, trial: trials.get(line.line) });
  }
  const tasks = [...groups.values()].flatMap((records): IndexedTask[] => {
    const first = records[0]?.record;
    if (first === undefined) return [];
    return [{
      workloadKey: first.workloadKey, target: first.target, note: notes.get(first.workloadKey), records, best: bestOf(records),
      errors: records.filter((entry) => entry.record.result.errorNo !== 0).length,
    }];
  });
  return { tasks, sessions, notes };
}

/** The best cost after each record of a task, in seconds; undefined before the first success. For tuning curves. */
export function bestSoFar(task: IndexedTask): readonly (number | undefined)[] {
  let best: number | undefined;
  return task.records.map(({ record }) => {
    if (record.result.errorNo === 0) best = Math.min(best ?? Infinity, meanCost(record.result));
    return best;
  });
}
