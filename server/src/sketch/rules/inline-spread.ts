/**
 * InlineSpread (of our own; default schedules and their variants only): data spread by zeros is not made before it is padded, both are one pass.
 *   before: spread = on grid ? x : 0    pad = inside ? spread : 0
 *   after:  pad = inside ? (on grid ? x : 0) : 0
 */
import { zeroGrids } from '../../dag/zero-grid.js';
import type { SketchRule } from '../rule.js';
import { consumersOf, hasReduceIter, readsDirectly } from '../stage-facts.js';
import { computeInline, stageOf } from '../transform.js';

export const inlineSpread: SketchRule = {
  name: 'InlineSpread',
  condition(ctx, state, stage) {
    const { op } = stageOf(state, stage);
    const [reader, other] = consumersOf(ctx, state, stage);
    if (op.kind !== 'compute' || ctx.gpu || reader === undefined || other !== undefined || hasReduceIter(stageOf(state, reader)) || !readsDirectly(ctx, state, reader, stage)) return 'skip';
    return zeroGrids(state.dag).has(op.output) ? 'apply' : 'skip';
  },
  apply: (_ctx, state, stage) => [{ state: computeInline(state, stage), stage: stage - 1 }],
};
