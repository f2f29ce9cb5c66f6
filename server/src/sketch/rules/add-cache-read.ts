/**
 * AddCacheRead (Ansor, section 4.1 with the GPU rules of appendix B): copies what a tile reads into memory that the threads
 * of a block share.
 *   before: for k.0 { for k.1 .. { C += A * B } }
 *   after:  for k.0 { for ax0, ax1 { A.shared = A }  for k.1 .. { C += A.shared * B } }
 */
import { ScheduleError } from '../../schedule/step.js';
import type { SketchRule } from '../rule.js';
import { consumersOf, hasCrossThreadReduction, needsTiling, readsDirectly } from '../stage-facts.js';
import { lastOfOutermostReduceTile } from '../tiling.js';
import { cacheRead, computeAt } from '../transform.js';

export const addCacheRead: SketchRule = {
  name: 'AddCacheRead',
  condition(ctx, state, stage) {
    const target = consumersOf(ctx, state, stage)[0];
    if (target === undefined || !needsTiling(ctx, state, target) || hasCrossThreadReduction(state, target)) return 'skip';
    return readsDirectly(ctx, state, target, stage) ? 'only' : 'skip';
  },
  apply(ctx, state, stage) {
    let now = state;
    let added = 0;
    for (const consumer of consumersOf(ctx, state, stage)) {
      const reader = consumer + added;
      now = cacheRead(now, stage, 'shared', [reader]);
      added++;
      const at = lastOfOutermostReduceTile(now, reader + 1);
      if (at === undefined) throw new ScheduleError('CHR', 'the reader has no reduction to copy for');
      now = computeAt(now, stage + 1, reader + 1, at);
    }
    // The same stage again: its reader is the copy now, so that it may be inlined there.
    return [{ state: now, stage }];
  },
};
