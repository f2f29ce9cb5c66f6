/**
 * AddRfactor (Ansor, section 4.1, rule 6 "reduction factorization"): makes partial results in parallel where there are fewer
 * results than the machine has use for.
 *   before: for i, k { S[i] += A[i, k] }
 *   after:  for i, k_o { for k_i { S.rf[i, k_o] += ... } }  for i, k_o_v { S[i] += S.rf[i, k_o_v] }   (or k_i factored out)
 */
import type { SketchContext } from '../context.js';
import type { State } from '../../schedule/state.js';
import type { Derivation, SketchRule } from '../rule.js';
import { axisProducts, isMadeBy, isPlaceholder, needsTiling } from '../stage-facts.js';
import { fusedReduction } from '../tiling.js';
import { reorder, rfactor, split, stageOf } from '../transform.js';

function needsRfactor(ctx: SketchContext, state: State, id: number): boolean {
  const stage = stageOf(state, id);
  if (isPlaceholder(stage)) return false;
  const { spatial, reduce } = axisProducts(stage);
  const cores = ctx.task.hardware.numCores;
  if (needsTiling(ctx, state, id)) return !(spatial > reduce || spatial > 16 * cores);
  return reduce > 1 && reduce > cores;
}

export const addRfactor: SketchRule = {
  name: 'AddRfactor',
  condition: (ctx, state, stage) => (needsRfactor(ctx, state, stage) && !isMadeBy(state, stage, 'CHW') ? 'apply' : 'skip'),
  apply(_ctx, state, stage) {
    const fused = fusedReduction(state, stage);
    // Length 1 until the sketch is complete: an open length would leave the new stage without a shape.
    const base = split(fused.state, stage, fused.iter, [1]);
    return [0, 1].map((part): Derivation => {
      let now = rfactor(base, stage, fused.iter + part, fused.spatial);
      if (part === 1) {
        // The new axis goes innermost, to be vectorised.
        const others = stageOf(now, stage).iters.map((_, i) => i).filter((i) => i !== fused.spatial);
        now = reorder(now, stage, [...others, fused.spatial]);
      }
      return { state: now, stage: stage - 1 };
    });
  },
};
