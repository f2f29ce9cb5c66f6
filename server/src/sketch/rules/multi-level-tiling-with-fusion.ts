/**
 * MultiLevelTilingWithFusion (Ansor, section 4.1, rule 4): tiles a stage and computes it inside the tiles of its only,
 * elementwise, consumer.
 *   before: for i, j, k { C }  for i, j { D }
 *   after:  for i.0, j.0 { for i.0 j.0 i.1 j.1 k.0 i.2 j.2 k.1 i.3 j.3 { C }  for i.1, j.1 { D } }
 * On a CPU also with C inside the second level of tiles; on a GPU inside the third.
 */
import { defined } from '../../base/assert.js';
import type { State } from '../../schedule/state.js';
import type { SketchContext } from '../context.js';
import type { Derivation, SketchRule } from '../rule.js';
import { isMadeBy, isTiled, needsTiling, singleElementwiseConsumer } from '../stage-facts.js';
import { followTiling, multiLevelTiling as tile } from '../tiling.js';
import { computeAt, stageOf } from '../transform.js';
import { tilingStructure } from './multi-level-tiling.js';

export const multiLevelTilingWithFusion: SketchRule = {
  name: 'MultiLevelTilingWithFusion',
  condition(ctx, state, stage) {
    const consumer = needsTiling(ctx, state, stage) ? singleElementwiseConsumer(ctx, state, stage) : undefined;
    // Of two stages with one consumer the first one gives it its tiles.
    if (consumer === undefined || isTiled(stageOf(state, consumer))) return 'skip';
    return ctx.gpu || isMadeBy(state, stage, 'CHW') ? 'only' : 'apply';
  },
  apply: (ctx, state, stage) => tileInto(ctx, state, stage, defined(singleElementwiseConsumer(ctx, state, stage), 'the elementwise consumer')),
};

/** Stage `id` tiled, `consumer` with the same outer tiles, and `id` computed inside them. */
export function tileInto(ctx: SketchContext, state: State, id: number, consumer: number): Derivation[] {
  const structure = tilingStructure(ctx);
  const tiled = tile(state, id, structure);
  const results: Derivation[] = [];
  for (const level of ctx.gpu ? [3] : [1, 2]) {
    if (structure[level - 1]?.toLowerCase() !== 's') continue;
    const followed = followTiling(tiled.state, consumer, tiled.spatialSplits, level);
    results.push({ state: computeAt(followed, id, consumer, level * tiled.spatialSplits.length - 1), stage: id - 1 });
  }
  return results;
}
