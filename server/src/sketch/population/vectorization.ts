/**
 * Vectorization (Ansor, section 4.2): vectorises a random number of innermost loops of each stage.
 *   before: for i, j.3 (0,8) { C }      after: for i, vectorize j.3 (0,8) { C }
 */
import { hasAttached } from '../../schedule/attachments.js';
import type { State } from '../../schedule/state.js';
import type { SketchContext } from '../context.js';
import type { PopulationRule } from '../population-rule.js';
import { isComputed, isTiled } from '../stage-facts.js';
import { annotate, extentOf, fuseIfSeveral, stageOf } from '../transform.js';

/** How many innermost loops may become one vector; of a tiled stage only one, as neighbours are far apart in memory. */
function vectorisable(ctx: SketchContext, state: State, id: number): number {
  const stage = stageOf(state, id);
  const limit = isTiled(stage) ? 1 : stage.iters.length;
  let lanes = 1;
  let count = 0;
  while (count < limit) {
    const at = stage.iters.length - 1 - count;
    const iter = stage.iters[at];
    if (iter === undefined || hasAttached(state, id, at) || iter.kind === 'reduction' || iter.annotation !== 'none') break;
    lanes *= extentOf(iter);
    if (lanes > ctx.params.maxVectorizeSize) break;
    count++;
  }
  return count;
}

export const vectorization: PopulationRule = {
  name: 'Vectorization',
  apply(ctx, state, rng) {
    let now = state;
    for (let id = 0; id < state.stages.length; id++) {
      if (!isComputed(stageOf(now, id))) continue;
      let count = vectorisable(ctx, now, id);
      if (count === 0) continue;
      // Never all of several: so draws the original.
      if (count > 1) count = 1 + rng.int(count - 1);
      const first = stageOf(now, id).iters.length - count;
      now = annotate(fuseIfSeveral(now, id, first, count), id, first, 'vectorize');
    }
    return now;
  },
};
