/**
 * SkipStage (Ansor, section 4.1, rule 1 "skip"): leaves a stage as it is.
 *   before: for i { B[i] = ... }      after: the same; the rules go on with the stage before it
 */
import type { SketchRule } from '../rule.js';

export const skipStage: SketchRule = {
  name: 'SkipStage',
  condition: () => 'apply',
  apply: (_ctx, state, stage) => [{ state, stage: stage - 1 }],
};
