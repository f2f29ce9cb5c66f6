/**
 * FuseActivation (of our own; default schedules and their variants only): an activation that uses its argument several times, as GELU, SiLU and
 * hard-swish do, is computed in the tiles of the reduction before it. The original's MultiLevelTilingWithFusion asks for one reader after the other and
 * leaves such a pair two loop nests.
 *   before: for i, j, k { C }  for i, j { O = (C + b) * erf(C + b) }
 *   after:  for i.0, j.0 { for i.1, j.1, k.0, ... { C }  for i.2, j.2 { O } }
 */
import { simpleAccess } from '../../dag/axis-access.js';
import type { SketchContext } from '../context.js';
import type { State } from '../../schedule/state.js';
import type { SketchRule } from '../rule.js';
import { consumersOf, hasReduceIter, isTiled, needsTiling, singleElementwiseConsumer } from '../stage-facts.js';
import { stageOf } from '../transform.js';
import { tileInto } from './multi-level-tiling-with-fusion.js';

/** Do all reads of stage `id`, on every way to stage `target`, go element by element? What stands between them is inlined. */
function readsElementwise(ctx: SketchContext, state: State, id: number, target: number): boolean {
  const { dag, ops } = ctx.access(state.dag);
  const { shape } = stageOf(state, id).op.output;
  const seen = new Set<number>([id]);
  const open = [id];
  for (let from = open.pop(); from !== undefined; from = open.pop()) {
    for (const reader of ops[from]?.readers ?? []) {
      const op = dag.ops[reader];
      if (op?.kind !== 'compute' || op.reduceAxes.length > 0 || op.output.shape.length !== shape.length || op.output.shape.some((extent, i) => extent !== shape[i])) return false;
      for (const indices of ops[reader]?.reads.get(from) ?? []) {
        const use = simpleAccess(op, indices);
        if (use === undefined || use.missing || use.duplicated || !use.sameOrder) return false;
      }
      if (reader === target || seen.has(reader)) continue;
      seen.add(reader);
      open.push(reader);
    }
  }
  return true;
}

/** The stage that alone reads the reduction `id`, several times and element by element. */
function activationOf(ctx: SketchContext, state: State, id: number): number | undefined {
  if (ctx.gpu || !needsTiling(ctx, state, id) || !hasReduceIter(stageOf(state, id)) || singleElementwiseConsumer(ctx, state, id) !== undefined) return undefined;
  const [reader, other] = consumersOf(ctx, state, id);
  if (reader === undefined || other !== undefined || isTiled(stageOf(state, reader))) return undefined;
  return readsElementwise(ctx, state, id, reader) ? reader : undefined;
}

export const fuseActivation: SketchRule = {
  name: 'FuseActivation',
  condition: (ctx, state, stage) => (activationOf(ctx, state, stage) === undefined ? 'skip' : 'only'),
  apply(ctx, state, stage) {
    const consumer = activationOf(ctx, state, stage);
    return consumer === undefined ? [] : tileInto(ctx, state, stage, consumer);
  },
};
