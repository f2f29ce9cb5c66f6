/** Ways through a log: from a record to its task's best, to all records of its task, and what belongs together in a line. */
import { jsonOffset } from '../../records/json-locate.js';
import { readRecordLine } from '../../records/read-line.js';
import type { LogLines } from './log-lines.js';
import type { LogOverview, OverviewTask } from './overview.js';

/** Line and columns from 0; `to` excluded. */
export interface LogSpan { readonly line: number; readonly from: number; readonly to: number }

/** More marks than these slow an editor down and help nobody. */
const MOST_MARKS = 5000;

/** The part of a record that says how fast it was; else the line. */
export function resultSpan(log: LogLines, line: number): LogSpan {
  const text = log.line(line);
  const at = Math.max(text.lastIndexOf('"r":'), text.lastIndexOf('"result":'));
  const end = at < 0 ? -1 : text.indexOf(']', text.indexOf(']', at) + 1);
  return { line, from: Math.max(0, at), to: end < 0 ? text.length : end + 1 };
}

/** The tasks that line `line` is about: a record's own, those of a task note's key, the one of the record that a note is about. */
function tasksAt(log: LogLines, overview: LogOverview, line: number): readonly OverviewTask[] {
  const read = log.read(line);
  if (read.kind === 'task') return overview.tasks.filter((task) => task.id.workloadKey === read.note.key);
  const record = read.kind === 'trial' ? log.read(read.about - 1) : read;
  const task = record.kind === 'record' || record.kind === 'autotvm' ? overview.taskOf(record.task) : undefined;
  return task === undefined ? [] : [task];
}

/** A record's definition is its task's best; that of a note about a record is the record. */
export function goToBest(log: LogLines, overview: LogOverview, line: number): readonly LogSpan[] {
  const read = log.read(line);
  if (read.kind === 'trial') return isMeasured(log, read.about - 1) ? [resultSpan(log, read.about - 1)] : [];
  return tasksAt(log, overview, line).flatMap((task) => (task.best === undefined ? [] : [resultSpan(log, task.best)]));
}

function isMeasured(log: LogLines, line: number): boolean {
  const { kind } = log.read(line);
  return kind === 'record' || kind === 'autotvm';
}

/** All records of the task; with its note if `declaration`. */
export function taskReferences(log: LogLines, overview: LogOverview, line: number, declaration: boolean): readonly LogSpan[] {
  return tasksAt(log, overview, line).flatMap((task) => [
    ...(declaration && task.noteLine !== undefined ? [{ line: task.noteLine, from: 0, to: log.line(task.noteLine).length }] : []),
    ...task.lines.map((record) => resultSpan(log, record)),
  ]);
}

/** In a step: the steps of the same stage in this record. Elsewhere: the workload keys of the task's records. */
export function logHighlights(log: LogLines, overview: LogOverview | undefined, line: number, column: number): readonly LogSpan[] {
  const steps = stepSpans(log, line);
  const hit = steps.find((step) => step.from <= column && column <= step.to);
  if (hit !== undefined) return steps.filter((step) => step.stage === hit.stage);
  if (overview === undefined) return [];
  return tasksAt(log, overview, line).flatMap((task) => task.lines.slice(0, MOST_MARKS).map((record) => keySpan(log, record)));
}

function keySpan(log: LogLines, line: number): LogSpan {
  const text = log.line(line);
  const from = text.indexOf('"', text.indexOf('[[') + 1);
  const end = /"(?:[^"\\]|\\.)*"/y;
  end.lastIndex = Math.max(0, from);
  const found = end.exec(text);
  return { line, from: Math.max(0, from), to: found === null ? text.length : end.lastIndex };
}

function stepSpans(log: LogLines, line: number): readonly (LogSpan & { readonly stage: number })[] {
  const text = log.line(line);
  const read = log.read(line).kind === 'record' ? readRecordLine(text.replace(/^\ufeff/, '')) : undefined;
  if (read?.ok !== true || read.value.kind !== 'record') return [];
  return read.value.record.steps.map((step, index) => {
    const from = jsonOffset(text, ['i', 1, 1, index]);
    return { line, from, to: closing(text, from), stage: step.stage };
  });
}

/** The offset after the bracket that closes the one at `from`; steps hold no strings with brackets. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '[') depth++;
    else if (text[at] === ']' && --depth === 0) return at + 1;
  }
  return text.length;
}
