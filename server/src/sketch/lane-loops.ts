/**
 * Reductions that go over everything but the axis along which their operand is contiguous (global pools, sums of channels): where the loops outside
 * that axis are too few for the threads, default schedules would spread its elements over them and every sum would step through memory alone.
 *   before: for n, c { for h, w { S } }      after: for n, c.0 { for c.1, h, w { S } }      (lanes along c.1)
 */
import type { ComputeOp } from '../dag/op.js';
import { visitExpr } from '../ir/walk.js';
import type { State } from '../schedule/state.js';
import type { SketchContext } from './context.js';
import { consumersOf, hasReduceIter, isComputed, isTiled, needsTiling, singleElementwiseConsumer } from './stage-facts.js';
import { extentOf, reorder, split, stageOf } from './transform.js';

const LEAST_LANES = 4;
/** Vectors that are summed at the same time: they hide the latency of one sum. */
const VECTORS = 8;

export interface LaneLoops { readonly state: State; /** Stages whose last axis was split. */ readonly stages: ReadonlySet<number> }

/** Is every operand contiguous along the last axis of `op`? */
function readsAlongLastAxis(op: ComputeOp): boolean {
  const lane = op.axes.at(-1);
  if (op.body.kind !== 'reduce' || lane === undefined) return false;
  let loads = 0;
  let fits = true;
  visitExpr(op.body.source, (e) => {
    if (e.kind !== 'load') return;
    loads++;
    if (e.indices.at(-1) !== lane.var) fits = false;
  });
  return loads > 0 && fits;
}

/** The stage in whose loops stage `id` will be computed, if that is root and not tiled. */
function loopsOf(ctx: SketchContext, state: State, id: number): number | undefined {
  const target = consumersOf(ctx, state, id).length === 0 ? id : singleElementwiseConsumer(ctx, state, id);
  if (target === undefined) return undefined;
  const stage = stageOf(state, target);
  return isComputed(stage) && !isTiled(stage) && stage.computeAt === 'root' && (target === id || !hasReduceIter(stage)) ? target : undefined;
}

/** `state` with such axes split; `enough`: iterations that keep all threads busy, `vectorBytes`: of a vector register. */
export function withLaneLoops(ctx: SketchContext, state: State, enough: number, vectorBytes: number): LaneLoops {
  const stages = new Set<number>();
  let now = state;
  for (let id = 0; id < state.stages.length; id++) {
    const stage = stageOf(now, id);
    if (stage.op.kind !== 'compute' || !isComputed(stage) || isTiled(stage) || stage.computeAt !== 'root' || !hasReduceIter(stage)) continue;
    if (needsTiling(ctx, now, id) || !readsAlongLastAxis(stage.op)) continue;
    const target = loopsOf(ctx, now, id);
    if (target === undefined) continue;
    const { op, iters } = stageOf(now, target);
    const last = op.kind === 'compute' ? op.axes.length - 1 : -1;
    const extent = extentOf(iters[last]);
    const outside = iters.slice(0, last).reduce((n, iter) => n * extentOf(iter), 1);
    if (outside >= enough || extent < 2 * LEAST_LANES) continue;
    const most = (VECTORS * vectorBytes) / 4;
    const fits = ctx.tiles.divisors(extent).filter((d) => d % LEAST_LANES === 0 && d <= most && d < extent);
    // Wide enough to hide latencies first, then one for each core.
    const wide = fits.filter((d) => outside * (extent / d) >= ctx.task.hardware.numCores).at(-1) ?? fits.at(-1);
    if (wide === undefined) continue;
    const axis = stage.op.axes.length - 1;
    now = reorder(now, id, [...stage.iters.keys()].filter((i) => i !== axis).concat(axis));
    now = split(now, target, target === id ? stage.iters.length - 1 : last, [wide]);
    if (target === id) now = reorder(now, id, [...stage.iters.keys()].map((i) => (i < last ? i : i === last ? stage.iters.length - 1 : i - 1)).concat(stage.iters.length));
    stages.add(target);
  }
  return { state: now, stages };
}
