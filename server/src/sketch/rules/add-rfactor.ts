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

/** Fuses the reduction, splits it in two and makes the outer (0) or inner (1) part an axis of a stage of partial results. */
export function factorReduction(state: State, stage: number, part: number): State {
  const fused = fusedReduction(state, stage);
  // Length 1 until the sketch is complete: an open length would leave the new stage without a shape.
  const base = split(fused.state, stage, fused.iter, [1]);
  const factored = rfactor(base, stage, fused.iter + part, fused.spatial);
  if (part === 0) return factored;
  // The new axis goes innermost, to be vectorised.
  const others = stageOf(factored, stage).iters.map((_, i) => i).filter((i) => i !== fused.spatial);
  return reorder(factored, stage, [...others, fused.spatial]);
}

export const addRfactor: SketchRule = {
  name: 'AddRfactor',
  condition: (ctx, state, stage) => (needsRfactor(ctx, state, stage) && !isMadeBy(state, stage, 'CHW') ? 'apply' : 'skip'),
  apply: (_ctx, state, stage) => [0, 1].map((part): Derivation => ({ state: factorReduction(state, stage, part), stage: stage - 1 })),
};
