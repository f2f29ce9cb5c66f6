/** A schedule as numbered sentences, with the loop states around it where the operator is known. */
import { inferBounds } from '../bounds/infer-bounds.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import { applyStep } from '../schedule/apply.js';
import { initialState } from '../schedule/initial.js';
import type { State } from '../schedule/state.js';
import { stateText } from '../schedule/state-text.js';
import { ScheduleError, type TransformStep } from '../schedule/step.js';
import type { PrintContext } from '../schedule/steps/definition.js';
import { stepDefinition } from '../schedule/steps/index.js';
import { stepWords } from './step-words.js';

export interface ExplainedSteps {
  /** One sentence per step. */
  readonly sentences: readonly string[];
  /** State texts around step `focus`, or around all steps; undefined without DAG. */
  readonly before?: string;
  readonly after?: string;
  /** Which step cannot be applied, and why. */
  readonly problem?: { readonly step: number; readonly message: string };
}

/** With the ranges of all loops where they can be inferred. */
function boundStateText(state: State): string {
  try {
    return stateText(inferBounds(state));
  } catch (error) {
    if (error instanceof ScheduleError) return stateText(state);
    throw error;
  }
}

/** `dag` undefined: sentences with numbers instead of names. `focus`: index of the step to look at. */
export function explainSteps(steps: readonly TransformStep[], dag: ComputeDag | undefined, focus: number | undefined, ctx: PrintContext): ExplainedSteps {
  if (dag === undefined) return { sentences: steps.map((step) => stepWords(step, ctx)) };
  const sentences: string[] = [];
  let state: State = initialState(dag);
  let before = stateText(state);
  let after: string | undefined;
  for (const [index, step] of steps.entries()) {
    if (index === focus) before = stateText(state);
    try {
      // Printing may look at what the step refers to, so that an illegal step must be found first.
      const next = applyStep(state, step);
      sentences.push(stepDefinition(step.kind).print(state, step, ctx));
      state = next;
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      sentences.push(...steps.slice(index).map((rest) => stepWords(rest, ctx)));
      return { sentences, before, problem: { step: index, message: error.message } };
    }
    if (index === focus) after = stateText(state);
  }
  return { sentences, before, after: after ?? boundStateText(state) };
}
