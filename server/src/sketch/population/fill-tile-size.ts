/**
 * FillTileSize (Ansor, section 4.2): draws tile sizes for all splits with open lengths, uniformly among those that divide.
 *   before: SP i 512 [?, ?, ?]      after: SP i 512 [8, 1, 32]
 * Only the steps are filled in: the loops keep the ranges that the sketch had until bounds are inferred.
 */
import { withSteps } from '../../schedule/apply.js';
import type { TransformStep } from '../../schedule/step.js';
import type { PopulationRule } from '../population-rule.js';

export const fillTileSize: PopulationRule = {
  name: 'FillTileSize',
  apply(ctx, state, rng) {
    if (state.concrete) return state;
    const steps: TransformStep[] = [];
    for (const step of state.steps) {
      if (step.kind !== 'SP' || !step.lengths.includes(null)) {
        steps.push(step);
        continue;
      }
      if (step.extent < 1) return undefined;
      const lengths = ctx.tiles.draw(step.extent, step.lengths.length, ctx.params.maxInnermostSplitFactor, rng);
      steps.push({ kind: 'SP', stage: step.stage, iter: step.iter, extent: step.extent, lengths, innerToOuter: step.innerToOuter });
    }
    return withSteps(state, steps);
  },
};
