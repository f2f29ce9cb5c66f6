/** The code of a record for people: what its target's printer makes of its state, independent of the machine that it was measured on. */
import { parseTarget } from '../hardware/parse.js';
import { isGpu } from '../hardware/target.js';
import { printProgram } from '../ir/print.js';
import { lower } from '../lower/lower.js';
import type { MeasureRecord } from '../records/record.js';
import type { State } from '../schedule/state.js';
import { printKernel } from '../target/c/print.js';
import { compileState, symbolFor } from './compile.js';

/** `language` `text`: a loop-nest program, for targets that have no printer yet. */
export interface RecordCode { readonly language: 'c' | 'text'; readonly text: string }

/** `state`: the record's steps, replayed. @throws ScheduleError, CodegenError */
export function recordCode(record: Pick<MeasureRecord, 'target' | 'workloadKey' | 'layoutRewrite'>, state: State): RecordCode {
  const target = parseTarget(record.target);
  if (target.ok && isGpu(target.value)) return { language: 'text', text: printProgram(lower(state)) };
  const { kernel } = compileState(state, symbolFor(record.workloadKey), { bytes: 32, registers: 16 }, record.layoutRewrite ?? 0);
  return { language: 'c', text: printKernel(kernel, { x86VectorBytes: 0, pin: undefined }) };
}
