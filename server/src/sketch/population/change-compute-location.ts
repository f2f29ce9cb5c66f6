/**
 * ChangeComputeLocation (Ansor, section 4.2): computes stages that are not tiled at a random place.
 *   before: for i { pad }  for i.0, i.1 { conv }      after: for i.0 { for i { pad }  for i.1 { conv } }
 * Then infers bounds; a place that bound inference refuses makes the sample invalid.
 */
import { boundOrUndefined } from '../settle.js';
import { computeLocations } from '../compute-locations.js';
import type { PopulationRule } from '../population-rule.js';
import { hasReduceIter, isComputed, isTiled, needsTiling } from '../stage-facts.js';
import { computeAt, computeInline, computeRoot, stageOf } from '../transform.js';

export const changeComputeLocation: PopulationRule = {
  name: 'ChangeComputeLocation',
  apply(ctx, state, rng) {
    if (ctx.params.disableChangeComputeLocation) return boundOrUndefined(state);
    let now = state;
    for (let id = state.stages.length - 1; id >= 0; id--) {
      const stage = stageOf(now, id);
      if (!isComputed(stage) || isTiled(stage) || needsTiling(ctx, now, id)) continue;
      const candidates = computeLocations(ctx, now, id);
      const choice = rng.int(candidates.length + 2);
      const place = candidates[choice - 2];
      if (place !== undefined) now = computeAt(now, id, place.target, place.iter);
      else if (choice === 1) now = computeRoot(now, id);
      else if (stage.computeAt === 'iter' && !hasReduceIter(stage)) now = computeInline(now, id);
    }
    return boundOrUndefined(now);
  },
};
