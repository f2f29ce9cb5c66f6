/** Writes whole logs: records in the newest format, notes, comments. */
import { formatNote, type LogNote, type TaskNote, type TrialNote } from './comments.js';
import { formatRecord } from './format.js';
import type { LogLine } from './read-log.js';
import type { MeasureRecord } from './record.js';

/** What can be written: everything that is read except AutoTVM's records. */
export type WritableLine = LogNote | { readonly kind: 'record'; readonly record: MeasureRecord } | { readonly kind: 'comment'; readonly text: string };

/** The line without the newline. */
export function formatLine(line: WritableLine): string {
  switch (line.kind) {
    case 'record': return formatRecord(line.record);
    case 'comment': return line.text;
    default: return formatNote(line);
  }
}

/** A log under construction, which knows the physical line numbers that notes about records need. */
export interface LogWriter {
  /** Appends a line and returns its physical number, from 1. */
  add(line: WritableLine): number;
  /** Appends a task's note, once for each key. */
  addTask(note: TaskNote | undefined): void;
  text(): string;
}

export function createLogWriter(): LogWriter {
  const lines: string[] = [];
  const tasks = new Set<string>();
  const add = (line: WritableLine): number => lines.push(formatLine(line));
  return {
    add,
    addTask: (note) => {
      if (note === undefined || tasks.has(note.key)) return;
      tasks.add(note.key);
      add({ kind: 'task', note });
    },
    text: () => lines.map((line) => `${line}\n`).join(''),
  };
}

/** Task notes of a log, by workload key; the last of equal keys. */
export function taskNotes(lines: readonly LogLine[]): Map<string, TaskNote> {
  return new Map(lines.flatMap((line) => (line.kind === 'task' ? [[line.note.key, line.note] as const] : [])));
}

/** The note with its new line numbers. A source that is not in the new log is left out. */
export function movedNote(note: TrialNote, line: number, numbers: ReadonlyMap<number, number>): TrialNote {
  const { source, ...others } = note;
  if (source === undefined || source.log !== undefined) return { ...note, line };
  const at = numbers.get(source.line);
  return at === undefined ? { ...others, line } : { ...note, line, source: { ...source, line: at } };
}
