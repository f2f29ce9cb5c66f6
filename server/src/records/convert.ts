/** A log in the newest format, line by line: every record stays, measured twice or not. */
import { copyLines } from './copy-lines.js';
import { createLogWriter, taskNotes } from './format-log.js';
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
  const writer = createLogWriter();
  copyLines(lines, taskNotes(lines), writer);
  const records = lines.flatMap((line) => (line.kind === 'record' ? [line.record] : []));
  return {
    text: writer.text(), records: records.length, migrated: records.filter(({ version }) => version !== RECORD_VERSION).length,
    foreign: lines.filter(({ kind }) => kind === 'autotvm').length,
  };
}
