/**
 * Multi-level tiling (Ansor, section 4.1, "SSRSRS"; TVM: DoMultiLevelTiling, FollowTiling).
 *   before: for i, for j, for k                after: i.0 j.0 i.1 j.1 k.0 i.2 j.2 k.1 i.3 j.3
 */
import type { Iterator, State } from '../schedule/state.js';
import { ScheduleError } from '../schedule/step.js';
import { annotate, followSplit, fuseIfSeveral, reorder, splitOpen, stageOf } from './transform.js';

/** `spatialSplits`: indices of the SP steps of the spatial axes, in their order; consumers follow them. */
export interface Tiled { readonly state: State; readonly spatialSplits: readonly number[] }

interface Levels { readonly spatial: number[][]; readonly reduce: number[][] }

function noSplitNames(state: State, id: number): readonly string[] {
  const op = stageOf(state, id).op;
  return op.kind === 'compute' ? op.attrs.noSplitAtInner ?? [] : [];
}

/** Splits all iterators of stage `id` by the letters of `structure` (S spatial level, R reduction level) with open lengths and reorders them. */
export function multiLevelTiling(state: State, id: number, structure: string): Tiled {
  const letters = structure.toLowerCase();
  const count = (letter: string): number => [...letters].filter((c) => c === letter).length;
  const make = (n: number): number[][] => Array.from({ length: n }, () => []);
  const levels: Levels = { spatial: make(count('s')), reduce: make(count('r')) };
  const keep = noSplitNames(state, id);
  const kept: Levels = { spatial: make(1), reduce: make(1) };
  const spatialSplits: number[] = [];
  let now = state;
  let at = 0;
  for (const iter of stageOf(state, id).iters) {
    if (iter.kind !== 'spatial' && iter.kind !== 'reduction') throw new ScheduleError('SP', `iterator ${iter.name} cannot be tiled`);
    const spatial = iter.kind === 'spatial';
    const into = spatial ? levels.spatial : levels.reduce;
    if (keep.includes(iter.name)) {
      (spatial ? kept.spatial : kept.reduce)[0]?.push(at);
      at++;
      continue;
    }
    if (into.length > 1) {
      if (spatial) spatialSplits.push(now.steps.length);
      now = splitOpen(now, id, at, into.length);
    }
    for (const level of into) level.push(at++);
  }
  levels.spatial.at(-1)?.unshift(...(kept.spatial[0] ?? []));
  levels.reduce.at(-1)?.unshift(...(kept.reduce[0] ?? []));
  const order: number[] = [];
  let s = 0;
  let r = 0;
  for (const letter of letters) order.push(...((letter === 's' ? levels.spatial[s++] : levels.reduce[r++]) ?? []));
  return { state: reorder(now, id, order), spatialSplits };
}

/** Where an annotation goes when its iterator is split: parallel outermost, the others innermost. */
function annotatedPart(iter: Iterator, first: number, last: number): number | undefined {
  if (iter.annotation === 'parallel') return first;
  return iter.annotation === 'unroll' || iter.annotation === 'vectorize' ? last : undefined;
}

/**
 * Tiles stage `id` like the stage whose spatial splits are `sources`, with `level` + 1 loops for each axis. A loop that was
 * annotated passes its annotation on to one of its parts.
 */
export function followTiling(state: State, id: number, sources: readonly number[], level: number): State {
  const stage = stageOf(state, id);
  const keep = noSplitNames(state, id);
  const spatial = stage.iters.filter((it) => it.kind === 'spatial' && !keep.includes(it.name)).length;
  if (spatial !== sources.length) throw new ScheduleError('FSP', `${stage.op.name} has ${spatial} axes to tile and follows ${sources.length}`);
  const levels: number[][] = Array.from({ length: level + 1 }, () => []);
  const kept: number[] = [];
  let now = state;
  let at = 0;
  let source = 0;
  for (const iter of stage.iters) {
    if (iter.kind !== 'spatial') throw new ScheduleError('FSP', `${stage.op.name} has a reduction and cannot follow`);
    if (keep.includes(iter.name)) {
      kept.push(at++);
      continue;
    }
    const first = at;
    now = followSplit(now, id, at, sources[source++] ?? 0, level);
    for (const parts of levels) parts.push(at++);
    const part = annotatedPart(iter, first, at - 1);
    if (part !== undefined) now = annotate(now, id, part, iter.annotation);
  }
  levels.at(-1)?.unshift(...kept);
  return reorder(now, id, levels.flat());
}

/** The loop at which the outermost reduction tile is complete: where shared copies of the inputs belong. Undefined without reduction. */
export function lastOfOutermostReduceTile(state: State, id: number): number | undefined {
  const stage = stageOf(state, id);
  if (stage.op.kind === 'placeholder') return undefined;
  const keep = noSplitNames(state, id);
  const axes = stage.op.reduceAxes.filter((axis) => !keep.includes(axis.var.name)).length;
  const seen = new Set<string>();
  for (let i = 0; i < stage.iters.length; i++) {
    const iter = stage.iters[i];
    if (iter?.kind !== 'reduction') continue;
    for (const origin of iter.origins) seen.add(origin);
    if (seen.size >= axes) return i;
  }
  return undefined;
}

/** Fuses the reduction iterators of stage `id` into one. */
export function fusedReduction(state: State, id: number): { readonly state: State; readonly iter: number; readonly spatial: number } {
  const iters = stageOf(state, id).iters;
  const reductions = iters.flatMap((it, i) => (it.kind === 'reduction' ? [i] : []));
  const first = reductions[0];
  if (first === undefined || reductions.length + iters.filter((it) => it.kind === 'spatial').length !== iters.length) {
    throw new ScheduleError('FU', `${stageOf(state, id).op.name} has no plain reduction`);
  }
  return { state: fuseIfSeveral(state, id, first, reductions.length), iter: first, spatial: iters.length - reductions.length };
}
