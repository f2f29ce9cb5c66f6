/** Where a stage may be computed: loops of its consumer, and of the stage that the consumer is computed in (TVM: GetComputeLocationCandidates). */
import { attachmentOf, hasAttached } from '../schedule/attachments.js';
import type { State } from '../schedule/state.js';
import type { SketchContext } from './context.js';
import { isTiled, singleConsumer } from './stage-facts.js';
import { extentOf, stageOf } from './transform.js';

export interface ComputeLocation { readonly target: number; readonly iter: number }

/** Candidates for stage `id`, outermost first; none if it has no single consumer. */
export function computeLocations(ctx: SketchContext, state: State, id: number): ComputeLocation[] {
  const target = singleConsumer(ctx, state, id);
  if (target === undefined) return [];
  const found: ComputeLocation[] = [];
  const stage = stageOf(state, target);
  const tiled = isTiled(stage);
  const outer = stage.computeAt === 'iter' ? attachmentOf(state, target) : undefined;
  let seenReduction = false;
  for (let i = 0; i < stage.iters.length; i++) {
    const iter = stage.iters[i];
    if (iter === undefined) break;
    if (iter.kind === 'reduction') {
      seenReduction = true;
      if (!tiled) break;
    } else if (iter.kind === 'spatial' && seenReduction) break;
    if (iter.annotation === 'unroll') break;
    if (extentOf(iter) === 1) continue;
    if (outer !== undefined && iter.kind === 'spatial' && iter.name.endsWith('.0')) continue;
    found.push({ target, iter: i });
    if (hasAttached(state, target, i)) break;
  }
  if (outer !== undefined) {
    const around = stageOf(state, outer.target);
    for (let i = 0; i < around.iters.length; i++) {
      const iter = around.iters[i];
      if (iter === undefined || iter.kind === 'reduction' || hasAttached(state, outer.target, i) || iter.annotation === 'unroll') break;
      if (extentOf(iter) === 1) continue;
      found.push({ target: outer.target, iter: i });
    }
  }
  return found;
}
