/**
 * AddCacheWrite (Ansor, section 4.1, rule 5 "add cache stage"): gives a stage without an elementwise consumer one, so that its
 * results gather in a local tile first.
 *   before: for i, j, k { C }      after: for i, j, k { C.local }  for i, j { C = C.local }
 */
import type { SketchRule } from '../rule.js';
import { needsTiling, singleElementwiseConsumer } from '../stage-facts.js';
import { cacheWrite } from '../transform.js';

export const addCacheWrite: SketchRule = {
  name: 'AddCacheWrite',
  condition(ctx, state, stage) {
    if (!needsTiling(ctx, state, stage) || singleElementwiseConsumer(ctx, state, stage) !== undefined) return 'skip';
    return ctx.gpu ? 'only' : 'apply';
  },
  // The same number is now the cache stage.
  apply: (_ctx, state, stage) => [{ state: cacheWrite(state, stage, 'local'), stage }],
};
