/** A log at a glance: its tasks with their records, best ones and failures, and its sessions. */
import { FAILED_COST } from '../../records/best.js';
import type { SessionNote, TaskNote } from '../../records/comments.js';
import type { MeasuredLine } from './line-read.js';
import type { LogLines } from './log-lines.js';
import type { LogTaskId } from './task-ids.js';

/** Lines count from 0 here. */
export interface OverviewTask {
  readonly id: LogTaskId;
  /** Of its records, in order. */
  readonly lines: readonly number[];
  /** The fastest; undefined while nothing succeeded. */
  readonly best: number | undefined;
  /** Of the fastest, in seconds. */
  readonly bestCost: number;
  readonly failures: number;
  readonly note: TaskNote | undefined;
  readonly noteLine: number | undefined;
}

export interface LogOverview {
  /** In the order of their first records. */
  readonly tasks: readonly OverviewTask[];
  readonly sessions: readonly { readonly line: number; readonly note: SessionNote }[];
  taskOf(id: LogTaskId): OverviewTask | undefined;
  /** The session in which the record at `line` was measured, as far as the log says. */
  sessionAt(line: number): { readonly line: number; readonly note: SessionNote } | undefined;
}

interface Growing { readonly id: LogTaskId; readonly lines: number[]; best: number | undefined; bestCost: number; failures: number }

/** Reads what is not read yet: call it after `scan` has come to its end where that would take long. */
export function overviewOf(log: LogLines): LogOverview {
  const tasks = new Map<LogTaskId, Growing>();
  const notes = new Map<string, { readonly line: number; readonly note: TaskNote }>();
  const sessions: { line: number; note: SessionNote }[] = [];
  for (let line = 0; line < log.count; line++) {
    const read = log.read(line);
    if (read.kind === 'task') notes.set(read.note.key, { line, note: read.note });
    else if (read.kind === 'session') sessions.push({ line, note: read.note });
    else if (read.kind === 'record' || read.kind === 'autotvm') addRecord(tasks, line, read);
  }
  const finished = new Map([...tasks].map(([id, task]): [LogTaskId, OverviewTask] => {
    const about = notes.get(id.workloadKey);
    return [id, { ...task, note: about?.note, noteLine: about?.line }];
  }));
  return {
    tasks: [...finished.values()], sessions,
    taskOf: (id) => finished.get(id),
    sessionAt: (line) => sessions[firstAfter(sessions, line) - 1],
  };
}

function addRecord(tasks: Map<LogTaskId, Growing>, line: number, { task: id, cost, errorNo }: MeasuredLine): void {
  let task = tasks.get(id);
  if (task === undefined) {
    task = { id, lines: [], best: undefined, bestCost: FAILED_COST, failures: 0 };
    tasks.set(id, task);
  }
  task.lines.push(line);
  if (errorNo !== 0) task.failures++;
  else if (cost < task.bestCost) {
    task.best = line;
    task.bestCost = cost;
  }
}

/** How many of `sorted` stand at or before `line`. */
function firstAfter(sorted: readonly { readonly line: number }[], line: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.line ?? Infinity) <= line) low = middle + 1;
    else high = middle;
  }
  return low;
}
