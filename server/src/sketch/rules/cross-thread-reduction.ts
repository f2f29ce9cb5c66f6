/**
 * CrossThreadReduction (Ansor, appendix B; GPU): the threads of a warp share a reduction. Where the consumer has the same outer
 * loops, the reduction moves into them and uses the consumer's threads.
 *   before: for i { for k { S } }  for i, j { T }
 *   after:  for i { for k.0, threadIdx.x k.1 { S }  for j.0, threadIdx.x j.1 { T } }      alone: for i, k.0, threadIdx.x k.1 { S }
 */
import { commonOuterAxes } from '../../dag/access.js';
import type { State } from '../../schedule/state.js';
import type { SketchContext } from '../context.js';
import type { SketchRule } from '../rule.js';
import { axisProducts, hasReduceIter, isMadeBy, isPlaceholder, needsTiling, singleConsumer, splitStepsOf } from '../stage-facts.js';
import { fusedReduction } from '../tiling.js';
import { annotate, computeAt, followSplit, split, stageOf } from '../transform.js';

/** The consumer with its thread split (an SP step), if the reduction can use its threads. */
function shareThreads(ctx: SketchContext, state: State, stage: number): { readonly state: State; readonly consumer: number; readonly source: number; readonly at: number } | undefined {
  const consumer = singleConsumer(ctx, state, stage);
  if (consumer === undefined || needsTiling(ctx, state, consumer)) return undefined;
  const common = commonOuterAxes(ctx.access(state.dag), stage, consumer);
  if (common <= 0) return undefined;
  const splits = splitStepsOf(state, consumer);
  const source = splits[0];
  if (source !== undefined) return splits.length === 1 ? { state, consumer, source, at: common - 1 } : undefined;
  const target = stageOf(state, consumer);
  if (hasReduceIter(target) || target.iters.length === 0) return undefined;
  const last = target.iters.length - 1;
  const made = state.steps.length;
  const bound = annotate(split(state, consumer, last, [ctx.task.hardware.warpSize]), consumer, last + 1, 'threadIdx.x');
  return { state: bound, consumer, source: made, at: common - 1 };
}

export const crossThreadReduction: SketchRule = {
  name: 'CrossThreadReduction',
  condition(ctx, state, id) {
    const stage = stageOf(state, id);
    if (isPlaceholder(stage) || isMadeBy(state, id, 'CHW')) return 'skip';
    const { spatial, reduce } = axisProducts(stage);
    if (needsTiling(ctx, state, id)) {
      return spatial <= ctx.task.hardware.maxThreadsPerBlock && spatial < reduce ? 'apply' : 'skip';
    }
    return reduce > 1 && reduce > ctx.task.hardware.warpSize ? 'apply' : 'skip';
  },
  apply(ctx, state, stage) {
    const fused = fusedReduction(state, stage);
    const shared = shareThreads(ctx, fused.state, stage);
    if (shared === undefined) {
      const alone = split(fused.state, stage, fused.iter, [ctx.task.hardware.warpSize]);
      return [{ state: annotate(alone, stage, fused.iter + 1, 'threadIdx.x'), stage: stage - 1 }];
    }
    const followed = followSplit(shared.state, stage, fused.iter, shared.source, 1);
    const bound = annotate(followed, stage, fused.iter + 1, 'threadIdx.x');
    return [{ state: computeAt(bound, stage, shared.consumer, shared.at), stage: stage - 1 }];
  },
};
