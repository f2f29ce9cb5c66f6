/** Making one log of several, and the shortest log that still has the best programs. */
import { bestOf } from './best.js';
import type { TaskNote } from './comments.js';
import { copyLines } from './copy-lines.js';
import { createLogWriter, taskNotes } from './format-log.js';
import { formatSteps } from './format.js';
import { decodeWorkloadKey } from './keys.js';
import type { LogLine } from './read-log.js';
import type { MeasureRecord } from './record.js';

export interface MergedLog {
  readonly text: string;
  /** Records written. */
  readonly records: number;
  /** Records left out because an earlier log had the same program for the same task and target. */
  readonly duplicates: number;
  /** AutoTVM records, which the format has no place for. */
  readonly foreign: number;
}

/** What makes two measurements the same program: task, target and steps, whatever the format's version. */
export function programIdentity(record: MeasureRecord): string {
  return `${record.workloadKey}\n${record.target}\n${formatSteps(record.steps)}`;
}

/**
 * All records of `logs` in order, one task note per key, notes about records with the new line numbers. A program that stands in
 * several logs, or several times in one, is kept once, with its fastest measurement. A single log comes out converted to v0.6.
 */
export function mergeLogs(logs: readonly (readonly LogLine[])[]): MergedLog {
  const notes = allNotes(logs);
  const fastest = new Map<string, MeasureRecord>();
  let read = 0;
  for (const line of logs.flat()) {
    if (line.kind !== 'record') continue;
    read++;
    const id = programIdentity(line.record);
    const known = fastest.get(id);
    if (known === undefined || bestOf([{ record: known }, { record: line.record }])?.record === line.record) fastest.set(id, line.record);
  }
  const writer = createLogWriter();
  const kept = new Set(fastest.values());
  for (const lines of logs) copyLines(lines, notes, writer, (record) => kept.has(record));
  const foreign = logs.flat().filter(({ kind }) => kind === 'autotvm').length;
  return { text: writer.text(), records: kept.size, duplicates: read - kept.size, foreign };
}

/** The fastest successful record of each task and target, task notes before their records; nothing else. */
export function distillLogs(logs: readonly (readonly LogLine[])[]): MergedLog {
  const notes = allNotes(logs);
  const groups = new Map<string, { record: MeasureRecord }[]>();
  let read = 0;
  let foreign = 0;
  for (const line of logs.flat()) {
    if (line.kind === 'autotvm') foreign++;
    if (line.kind !== 'record') continue;
    read++;
    // Keys that differ only in the nesting of their shapes are one task.
    const key = decodeWorkloadKey(line.record.workloadKey);
    const id = JSON.stringify([key ?? line.record.workloadKey, line.record.target]);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [{ record: line.record }]);
    else group.push({ record: line.record });
  }
  const writer = createLogWriter();
  let records = 0;
  for (const group of groups.values()) {
    const best = bestOf(group);
    if (best === undefined) continue;
    writer.addTask(notes.get(best.record.workloadKey));
    writer.add({ kind: 'record', record: best.record });
    records++;
  }
  return { text: writer.text(), records, duplicates: read - records, foreign };
}

function allNotes(logs: readonly (readonly LogLine[])[]): Map<string, TaskNote> {
  return taskNotes(logs.flat());
}
