/**
 * SpecialComputeLocationGPU (TVM): a stage that would be inlined into a Winograd transform, and so computed again for each
 * element of the small matrices, is computed once before its unrolled loops.
 *   before: for p, ci { input_tile }  for p, ci { unroll eps, nu, r_a, r_b { data_pack } }
 *   after:  for p, ci { input_tile  unroll eps, nu, r_a, r_b { data_pack } }
 */
import { ScheduleError } from '../../schedule/step.js';
import type { SketchRule } from '../rule.js';
import { consumersOf, isAlwaysInlined, producersOf } from '../stage-facts.js';
import { computeAt, stageOf } from '../transform.js';
import { constTensorIndices } from './simplify-compute-with-const-tensor.js';

export const specialComputeLocationGpu: SketchRule = {
  name: 'SpecialComputeLocationGPU',
  condition(ctx, state, stage) {
    if (!isAlwaysInlined(ctx, state, stage) || producersOf(ctx, state, stage).length === 0) return 'skip';
    const consumers = consumersOf(ctx, state, stage);
    const only = consumers[0];
    return consumers.length === 1 && only !== undefined && constTensorIndices(state, only) !== undefined ? 'only' : 'skip';
  },
  apply(ctx, state, stage) {
    const target = consumersOf(ctx, state, stage)[0] ?? -1;
    const unrolled = stageOf(state, target).iters.findIndex((it) => it.annotation === 'unroll');
    if (unrolled < 1) throw new ScheduleError('CA', `${stageOf(state, target).op.name} has no loop before its unrolled ones`);
    return [{ state: computeAt(state, stage, target, unrolled - 1), stage: stage - 1 }];
  },
};
