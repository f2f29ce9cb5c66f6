/** A record replayed: its loop states, its schedule as Python text, and its code. */
import { inferBounds } from '../bounds/infer-bounds.js';
import type { MeasureRecord } from '../records/record.js';
import { replay } from '../schedule/apply.js';
import { pythonSchedule } from '../schedule/python-text.js';
import { stateText } from '../schedule/state-text.js';
import { recordCode } from '../session/record-code.js';
import type { Operator } from './log-source.js';

/** Null: cannot be had, and `problem` says why. */
export interface Replayed {
  /** Physical line, from 1. */
  readonly line: number;
  readonly stateText: string | null;
  readonly boundStateText: string | null;
  readonly scheduleText: string | null;
  readonly code: string | null;
  readonly problem?: string;
  /** What the operator is and what was assumed about it, if it was found by its key. */
  readonly operator?: string;
  readonly assumptions?: readonly string[];
}

export function replayRecord(line: number, record: MeasureRecord, { dag, name, assumptions, problem }: Operator): Replayed {
  const none = { line, stateText: null, boundStateText: null, scheduleText: null, code: null };
  if (dag === undefined) return { ...none, ...(problem !== undefined && { problem }) };
  let result: Replayed = { ...none, ...(name !== undefined && { operator: name }), ...(assumptions !== undefined && { assumptions }) };
  try {
    const state = replay(dag, record.steps);
    result = { ...result, stateText: stateText(state), scheduleText: pythonSchedule(dag, record.steps) };
    const bound = inferBounds(state);
    result = { ...result, boundStateText: stateText(bound) };
    result = { ...result, code: recordCode(record, state).text };
    return result;
  } catch (e) {
    return { ...result, problem: e instanceof Error ? e.message : String(e) };
  }
}
