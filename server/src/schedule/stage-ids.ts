/** Stage ids through a list of steps: some steps insert a stage and so renumber the later ones (spec log-format, 3.5). */
import type { TransformStep } from './step.js';

/** The number that the new stage of `step` gets; undefined if the step makes none. Old ids from there on grow by one. */
export function insertedStage(step: TransformStep): number | undefined {
  switch (step.kind) {
    case 'CHR': return step.stage + 1;
    case 'CHW': case 'RF': return step.stage;
    default: return undefined;
  }
}

/** The present id of the stage that had `id` just before step `from`. */
export function finalStageId(steps: readonly TransformStep[], id: number, from: number): number {
  let now = id;
  for (let i = from; i < steps.length; i++) {
    const at = insertedStage(steps[i] as TransformStep);
    if (at !== undefined && now >= at) now++;
  }
  return now;
}

/**
 * The id that the present stage `id` had just before step `to`. A stage that a later step made maps to the stage it was made
 * from (the cached or factored one), as in the original.
 */
export function stageIdBefore(steps: readonly TransformStep[], id: number, to: number): number {
  let then = id;
  for (let i = steps.length - 1; i >= to; i--) {
    const step = steps[i] as TransformStep;
    if (insertedStage(step) !== undefined && then > step.stage) then--;
  }
  return then;
}

/** A step together with its index in the list of steps. */
export interface NumberedStep { readonly index: number; readonly step: TransformStep }

/** The steps made on the present stage `id` since its operation entered the DAG, oldest first. */
export function stepsOfStage(steps: readonly TransformStep[], id: number): NumberedStep[] {
  const found: NumberedStep[] = [];
  let then = id;
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i] as TransformStep;
    const at = insertedStage(step);
    if (at === undefined) {
      if (step.stage === then) found.push({ index: i, step });
      continue;
    }
    // CHW and RF give fresh axes to the stage they are applied to as well.
    if (then === at || (step.kind !== 'CHR' && then === step.stage + 1)) break;
    if (then > at) then--;
  }
  return found.reverse();
}
