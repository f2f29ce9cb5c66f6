/** What one line of a tuning log holds: the few facts that outline, lenses and hints need, and what is wrong with it. Steps are not kept. */
import { meanCost } from '../../records/best.js';
import { readNote, type SessionNote, type TaskNote } from '../../records/comments.js';
import { RECORD_VERSION } from '../../records/format.js';
import { readRecordLine } from '../../records/read-line.js';
import type { MeasureErrorNo } from '../../records/record.js';
import type { LogTaskId, TaskIds } from './task-ids.js';

/**
 * `torn`: no JSON. `glued`: a torn line to which a whole record was appended; `column` is where that begins. `not-a-record`: JSON, but no
 * record. `pickled`: AutoTVM's binary format. `broken-note`, `orphan-note`: a `#` line of ours. `indented`: readers skip it.
 * `old-version`: a record before v0.6. `illegal`: its steps do not fit its operator.
 */
export type LogFaultCode = 'torn' | 'glued' | 'not-a-record' | 'pickled' | 'broken-note' | 'orphan-note' | 'indented' | 'old-version' | 'illegal';

/** `column` counts UTF-16 units from 0. `detail` completes the sentence of its code; it is English, as the readers of logs make it. */
export interface LogFault { readonly code: LogFaultCode; readonly column: number; readonly detail: string }

/** `cost`: seconds, or a failed measurement's large number. */
export interface MeasuredLine {
  readonly kind: 'record' | 'autotvm';
  readonly task: LogTaskId;
  readonly cost: number;
  readonly errorNo: MeasureErrorNo;
  readonly version: string;
}

export type LineRead = { readonly faults: readonly LogFault[] } & (
  | MeasuredLine
  | { readonly kind: 'session'; readonly note: SessionNote }
  | { readonly kind: 'task'; readonly note: TaskNote }
  /** `about`: the physical line of its record, from 1. */
  | { readonly kind: 'trial'; readonly about: number }
  | { readonly kind: 'comment' | 'blank' | 'broken' }
);

const FINE: readonly LogFault[] = [];
const BLANK: LineRead = { kind: 'blank', faults: FINE };
const COMMENT: LineRead = { kind: 'comment', faults: FINE };
/** Where a record begins that was appended to a torn line. */
const RECORD_START = /\{"(?:i|input|r|v)": ?[["]/g;

/** Never throws. A byte order mark and blanks at the end belong to no line. */
export function readLogLine(text: string, ids: TaskIds): LineRead {
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const line = start === 0 ? text : text.slice(1);
  if (line.trim() === '') return BLANK;
  if (line.startsWith('#')) return readNoteLine(line);
  if (/^\s/.test(line)) return readIndented(line, ids);
  const read = readRecordLine(line);
  if (read.ok) return measured(read.value, ids);
  return { kind: 'broken', faults: [faultOf(line, start, read.error.column - 1, read.error.message)] };
}

function measured(value: Extract<ReturnType<typeof readRecordLine>, { ok: true }>['value'], ids: TaskIds): LineRead {
  const { record } = value;
  const common = { cost: meanCost(record.result), errorNo: record.result.errorNo };
  if (value.kind === 'autotvm') {
    const { taskName, args, target, version } = value.record;
    return { kind: 'autotvm', task: ids.of(JSON.stringify([taskName, args]), target, taskName), ...common, version, faults: FINE };
  }
  const { workloadKey, target, version } = value.record;
  const faults: readonly LogFault[] = version === RECORD_VERSION ? FINE : [{ code: 'old-version', column: 0, detail: version }];
  return { kind: 'record', task: ids.of(workloadKey, target, undefined), ...common, version, faults };
}

function readNoteLine(line: string): LineRead {
  const note = readNote(line);
  if (typeof note === 'string') return { kind: 'broken', faults: [{ code: 'broken-note', column: 0, detail: note }] };
  switch (note?.kind) {
    case 'session': case 'task': return { kind: note.kind, note: note.note, faults: FINE } as LineRead;
    case 'trial': return { kind: 'trial', about: note.note.line, faults: FINE };
    default: return COMMENT;
  }
}

/** Readers take a line that begins with a blank for a comment, so that a record there is lost. */
function readIndented(line: string, ids: TaskIds): LineRead {
  const inner = readLogLine(line.trimStart(), ids);
  return inner.kind === 'record' || inner.kind === 'autotvm' ? { kind: 'comment', faults: [{ code: 'indented', column: 0, detail: '' }] } : COMMENT;
}

function faultOf(line: string, start: number, column: number, detail: string): LogFault {
  if (!detail.startsWith('not JSON')) return { code: detail.startsWith("AutoTVM's pickle") ? 'pickled' : 'not-a-record', column: start + column, detail };
  for (const found of line.matchAll(RECORD_START)) {
    if (found.index > 0 && readRecordLine(line.slice(found.index)).ok) return { code: 'glued', column: start + found.index, detail };
  }
  return { code: 'torn', column: start + column, detail };
}
