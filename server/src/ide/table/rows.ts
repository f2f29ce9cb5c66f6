/** Rows of the record table as the page gets them. */
import type { RecordRow } from '../../protocol/record-table-view.js';
import { MEASURE_ERRORS } from '../../records/record.js';
import { gflopsOf } from './query.js';
import type { RecordIndex } from './record-index.js';
import { rulesOf } from './step-kinds.js';

const known = (x: number | undefined): number | null => (x === undefined || Number.isNaN(x) ? null : x);
const short = (x: number | undefined, digits: number): number | null => (x === undefined || Number.isNaN(x) ? null : Number(x.toPrecision(digits)));

export function recordRow(index: RecordIndex, row: number): RecordRow {
  const { columns, tasks } = index;
  const task = tasks[columns.task[row] ?? 0];
  const error = columns.error[row] ?? 0;
  return {
    line: columns.line[row] ?? 0, trial: row + 1, task: task?.name ?? '', ms: known(columns.ms[row]), gflops: known(gflopsOf(index, row)), spread: short(columns.spread[row], 4),
    repeats: columns.repeats[row] ?? 0, error, errorName: MEASURE_ERRORS[error] ?? String(error), predicted: short(columns.predicted[row], 4), steps: columns.steps[row] ?? 0,
    rules: rulesOf(columns.kinds[row] ?? 0), seconds: short(columns.seconds[row], 4) ?? 0, time: columns.time[row] ?? 0, winner: task?.best === row,
  };
}

/** The columns of an export, in order. */
export const CSV_HEAD = ['line', 'trial', 'task', 'ms', 'gflops', 'spread', 'repeats', 'error', 'predicted', 'steps', 'rules', 'seconds', 'time'] as const;

/** RFC 4180; text that a spreadsheet would take for a formula is quoted with an apostrophe. */
export function csvLine(row: RecordRow): string {
  const cell = (value: string | number | null): string => {
    const text = value === null ? '' : String(value);
    const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  return [
    row.line, row.trial, row.task, row.ms, row.gflops, row.spread, row.repeats, row.errorName, row.predicted, row.steps, row.rules.join(' '), row.seconds,
    new Date(row.time * 1000).toISOString(),
  ].map(cell).join(',');
}
