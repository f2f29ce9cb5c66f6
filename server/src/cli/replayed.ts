/** A record replayed: its loop states, its schedule as Python text, and its code. */
import { inferBounds } from '../bounds/infer-bounds.js';
import { parseTarget } from '../hardware/parse.js';
import { isGpu } from '../hardware/target.js';
import { printProgram } from '../ir/print.js';
import { lower } from '../lower/lower.js';
import type { MeasureRecord } from '../records/record.js';
import { replay } from '../schedule/apply.js';
import { pythonSchedule } from '../schedule/python-text.js';
import { stateText } from '../schedule/state-text.js';
import { compileState, symbolFor } from '../session/compile.js';
import { printKernel } from '../target/c/print.js';
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
    const target = parseTarget(record.target);
    const gpu = target.ok && isGpu(target.value);
    result = { ...result, code: gpu ? printProgram(lower(state)) : printKernel(compileState(state, symbolFor(record.workloadKey), { bytes: 32, registers: 16 }, record.layoutRewrite ?? 0).kernel, { x86VectorBytes: 0, pin: undefined }) };
    return result;
  } catch (e) {
    return { ...result, problem: e instanceof Error ? e.message : String(e) };
  }
}
