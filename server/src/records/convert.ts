/** A log in the newest format, line by line: every record stays, measured twice or not. */
import { createLogWriter, movedNote, taskNotes } from './format-log.js';
import { RECORD_VERSION } from './format.js';
import type { LogLine } from './read-log.js';

export interface ConvertedLog {
  readonly text: string;
  readonly records: number;
  /** Records that had another version than the newest. */
  readonly migrated: number;
  /** AutoTVM records, which the format has no place for. */
  readonly foreign: number;
}

/** Records as v0.6 in their order, one task note per key, notes about records with the new line numbers, other comments as they are. */
export function convertLog(lines: readonly LogLine[]): ConvertedLog {
  const notes = taskNotes(lines);
  const writer = createLogWriter();
  const numbers = new Map<number, number>();
  let [records, migrated, foreign] = [0, 0, 0];
  for (const line of lines) {
    switch (line.kind) {
      case 'record':
        writer.addTask(notes.get(line.record.workloadKey));
        numbers.set(line.line, writer.add(line));
        records++;
        if (line.record.version !== RECORD_VERSION) migrated++;
        break;
      case 'trial': {
        const number = numbers.get(line.note.line);
        if (number !== undefined) writer.add({ kind: 'trial', note: movedNote(line.note, number, numbers) });
        break;
      }
      case 'task': writer.addTask(notes.get(line.note.key)); break;
      case 'autotvm': foreign++; break;
      default: writer.add(line); break;
    }
  }
  return { text: writer.text(), records, migrated, foreign };
}
