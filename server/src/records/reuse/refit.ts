/** Steps that were recorded for other sizes of an operator, for these sizes: splits name the extents that their iterators have here. */
import type { ComputeDag } from '../../dag/compute-dag.js';
import { applyStep } from '../../schedule/apply.js';
import { initialState } from '../../schedule/initial.js';
import { ScheduleError, type TransformStep } from '../../schedule/step.js';

/** Undefined if a step is not legal here. Lengths stay as they are: the outermost part of each split takes what is more. */
export function refitSteps(dag: ComputeDag, steps: readonly TransformStep[]): readonly TransformStep[] | undefined {
  let state = initialState(dag);
  const refitted: TransformStep[] = [];
  try {
    for (const step of steps) {
      let own = step;
      if (step.kind === 'SP') {
        const extent = state.stages[step.stage]?.iters[step.iter]?.range?.extent;
        own = { ...step, extent: typeof extent === 'number' ? extent : 0 };
      }
      state = applyStep(state, own);
      refitted.push(own);
    }
  } catch (e) {
    if (e instanceof ScheduleError) return undefined;
    throw e;
  }
  return refitted;
}
