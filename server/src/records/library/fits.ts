/** Whether a record's steps can have been made for a DAG. */
import type { ComputeDag } from '../../dag/compute-dag.js';
import { applyStep } from '../../schedule/apply.js';
import { initialState } from '../../schedule/initial.js';
import { ScheduleError, type TransformStep } from '../../schedule/step.js';

/** Why not; undefined if all steps are legal and every split names the extent that its iterator has. */
export function misfit(dag: ComputeDag, steps: readonly TransformStep[]): string | undefined {
  let state = initialState(dag);
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'SP' && step.extent > 0) {
      const extent = state.stages[step.stage]?.iters[step.iter]?.range?.extent;
      if (typeof extent === 'number' && extent !== step.extent) return `step ${index} splits ${step.extent} where the operator has ${extent}`;
    }
    try {
      state = applyStep(state, step);
    } catch (error) {
      if (error instanceof ScheduleError) return `step ${index}: ${error.message}`;
      throw error;
    }
  }
  return undefined;
}
