/**
 * ThreadBind (Ansor, section 4.2, GPU): binds the outer tiles of each stage to blocks, virtual threads and threads, and lets the
 * threads of a block fetch shared copies together.
 *   before: for i.0, j.0, i.1, j.1, i.2, j.2 { ... }
 *   after:  blockIdx.x i.0@j.0@ { vthread i.1@j.1@ { threadIdx.x i.2@j.2@ { ... } } }
 */
import { applyStep } from '../../schedule/apply.js';
import { attachmentOf, hasAttached } from '../../schedule/attachments.js';
import type { State } from '../../schedule/state.js';
import { ScheduleError } from '../../schedule/step.js';
import type { SketchContext } from '../context.js';
import type { PopulationRule } from '../population-rule.js';
import { settle, unlessIllegal } from '../settle.js';
import { axisProducts, hasAnnotated, hasCrossThreadReduction, isComputed, needsTiling, splitStepsOf } from '../stage-facts.js';
import { annotate, extentOf, fuse, split, stageOf } from '../transform.js';

/** Stages in whose loops tiled stages are computed. */
function tilingRoots(ctx: SketchContext, state: State): ReadonlySet<number> {
  const roots = new Set<number>();
  for (let id = 0; id < state.stages.length; id++) {
    const stage = stageOf(state, id);
    if (stage.computeAt === 'inlined' || !needsTiling(ctx, state, id)) continue;
    if (stage.computeAt === 'iter') {
      const at = attachmentOf(state, id);
      if (at !== undefined) roots.add(at.target);
    } else if (!hasCrossThreadReduction(state, id)) {
      throw new ScheduleError('AN', `${stage.op.name} is tiled at root and cannot be bound to threads`);
    }
  }
  return roots;
}

/** Fuses the outer spatial loops of stage `id` into iterator 0. */
function fuseOuterSpatial(state: State, id: number): State {
  const { iters } = stageOf(state, id);
  let count = 0;
  while (count < iters.length) {
    const iter = iters[count];
    if (iter === undefined || iter.kind === 'reduction' || iter.annotation !== 'none') break;
    if (count > 0 && hasAttached(state, id, count - 1)) break;
    count++;
  }
  return count === 1 ? state : fuse(state, id, Array.from({ length: count }, (_, i) => i));
}

function bindUntiledRoot(ctx: SketchContext, state: State, id: number): State {
  const fused = fuseOuterSpatial(state, id);
  const { warpSize } = ctx.task.hardware;
  if (extentOf(stageOf(fused, id).iters[0]) <= warpSize) return annotate(fused, id, 0, 'threadIdx.x');
  return annotate(annotate(split(fused, id, 0, [warpSize]), id, 0, 'blockIdx.x'), id, 1, 'threadIdx.x');
}

/** Fuses the neighbours from `first` on whose names end in `suffix`, at most `most`. */
function fuseLevel(state: State, id: number, first: number, suffix: string, most: number): State {
  const { iters } = stageOf(state, id);
  let count = 0;
  while (count < most && (iters[first + count]?.name.endsWith(suffix) ?? false)) count++;
  if (count === 0) throw new ScheduleError('FU', `${stageOf(state, id).op.name} has no tile level ${suffix}`);
  return fuse(state, id, Array.from({ length: count }, (_, i) => first + i));
}

/** Undefined: too many virtual threads or too few threads. */
function bindTiledRoot(ctx: SketchContext, state: State, id: number): State | undefined {
  const { warpSize, maxVthreadExtent } = ctx.task.hardware;
  const stage = stageOf(state, id);
  if (stage.op.kind === 'placeholder') return undefined;
  const axes = stage.op.axes.length;
  const { spatial, reduce } = axisProducts(stage);
  const blocks = annotate(fuseLevel(state, id, 0, '.0', axes), id, 0, 'blockIdx.x');
  const virtual = fuseLevel(blocks, id, 1, '.1', axes);
  if (extentOf(stageOf(virtual, id).iters[1]) > maxVthreadExtent) return undefined;
  const threads = fuseLevel(annotate(virtual, id, 1, 'vthread'), id, 2, '.2', axes);
  if (spatial * reduce > warpSize * 2 && extentOf(stageOf(threads, id).iters[2]) < warpSize) return undefined;
  return annotate(threads, id, 2, 'threadIdx.x');
}

/** The spatial splits of a tiled stage, newest first: its splits come spatial axes first, then reductions, which are left out. */
function spatialSplitsOf(state: State, id: number): number[] {
  const { op } = stageOf(state, id);
  if (op.kind === 'placeholder') return [];
  const keep = op.attrs.noSplitAtInner ?? [];
  return splitStepsOf(state, id).slice(op.reduceAxes.filter((axis) => !keep.includes(axis.var.name)).length);
}

/** All loops of a shared copy become one, of which each thread takes its part. */
function fetchTogether(state: State, id: number): State {
  const count = stageOf(state, id).iters.length;
  const sources = spatialSplitsOf(state, attachmentOf(state, id)?.target ?? id);
  let now = fuse(state, id, Array.from({ length: count }, (_, i) => i));
  now = annotate(split(now, id, 0, [1]), id, 1, 'vectorize');
  now = applyStep(now, { kind: 'FFSP', stage: id, iter: 0, sources, level: 1, factorOrNparts: true });
  return annotate(now, id, 1, 'threadIdx.x');
}

function bind(ctx: SketchContext, state: State): State | undefined {
  const roots = tilingRoots(ctx, state);
  let now: State | undefined = settle(state);
  for (let id = state.stages.length - 1; id >= 0 && now !== undefined; id--) {
    const stage = stageOf(now, id);
    if (!isComputed(stage)) continue;
    if (hasCrossThreadReduction(now, id)) {
      if (stage.computeAt === 'root') now = annotate(fuseOuterSpatial(now, id), id, 0, 'blockIdx.x');
    } else if (hasAnnotated(stage, 'threadIdx.x')) continue;
    else if (stage.computeAt === 'root') now = roots.has(id) ? bindTiledRoot(ctx, now, id) : bindUntiledRoot(ctx, now, id);
    else if (stage.op.name.endsWith('.shared')) now = fetchTogether(now, id);
  }
  return now;
}

export const threadBind: PopulationRule = {
  name: 'ThreadBind',
  apply: (ctx, state) => unlessIllegal(() => bind(ctx, state)),
};
