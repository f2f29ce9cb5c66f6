/**
 * SimplifyComputeWithConstTensor (TVM; for Winograd's transforms): unrolls the indices of small constant matrices, so that
 * multiplications by 0 and 1 vanish, and tiles the other axes.
 *   before: for eps, nu, p, ci, r_a, r_b { .. }
 *   after:  for p.0, ci.0, p.1, ci.1 { unroll eps, nu, r_a, r_b { .. } }
 */
import type { State } from '../../schedule/state.js';
import { ScheduleError } from '../../schedule/step.js';
import type { SketchRule } from '../rule.js';
import { annotate, reorder, splitOpen, stageOf } from '../transform.js';

const LEVELS = 2;

export function constTensorIndices(state: State, id: number): readonly string[] | undefined {
  const op = stageOf(state, id).op;
  return op.kind === 'compute' ? op.attrs.simplifyConstTensorIndices : undefined;
}

export const simplifyComputeWithConstTensor: SketchRule = {
  name: 'SimplifyComputeWithConstTensor',
  condition: (_ctx, state, stage) => (constTensorIndices(state, stage) === undefined ? 'skip' : 'only'),
  apply(_ctx, state, stage) {
    const names = constTensorIndices(state, stage) ?? [];
    const levels: number[][] = Array.from({ length: LEVELS }, () => []);
    const unrolled: number[] = [];
    let now = state;
    let at = 0;
    for (const iter of stageOf(state, stage).iters) {
      if (names.includes(iter.name)) {
        now = annotate(now, stage, at, 'unroll');
        unrolled.push(at++);
      } else {
        if (iter.kind !== 'spatial') throw new ScheduleError('SP', `reduction ${iter.name} is not an index of a constant tensor`);
        now = splitOpen(now, stage, at, LEVELS);
        for (const level of levels) level.push(at++);
      }
    }
    return [{ state: reorder(now, stage, [...levels.flat(), ...unrolled]), stage: stage - 1 }];
  },
};
