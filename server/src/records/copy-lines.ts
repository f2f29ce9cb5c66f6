/** Copying a log's lines into a new log. */
import type { TaskNote } from './comments.js';
import { movedNote, type LogWriter } from './format-log.js';
import type { LogLine } from './read-log.js';
import type { MeasureRecord } from './record.js';

/**
 * The records that are wanted in their order, the note of each one's task before it, notes about records with the new line numbers, other comments as they are.
 * Lines of AutoTVM, which the format has no place for, are left out.
 */
export function copyLines(lines: readonly LogLine[], notes: ReadonlyMap<string, TaskNote>, writer: LogWriter, wanted: (record: MeasureRecord) => boolean = () => true): void {
  const numbers = new Map<number, number>();
  for (const line of lines) {
    switch (line.kind) {
      case 'record':
        if (!wanted(line.record)) break;
        writer.addTask(notes.get(line.record.workloadKey));
        numbers.set(line.line, writer.add(line));
        break;
      case 'trial': {
        const number = numbers.get(line.note.line);
        if (number !== undefined) writer.add({ kind: 'trial', note: movedNote(line.note, number, numbers) });
        break;
      }
      case 'task': writer.addTask(notes.get(line.note.key)); break;
      case 'autotvm': break;
      default: writer.add(line); break;
    }
  }
}
