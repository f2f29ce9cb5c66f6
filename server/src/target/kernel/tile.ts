/**
 * Register tiles: how much of a reduction's perfect nest is kept in vector registers. The schedule decides blocking and order; within the
 * innermost part this chooses the tile of the spatial loops with the best ratio of multiply-adds to loads that fits the
 * registers; it need not divide the loops (cuts.ts). Outputs keep the order of their own terms but for long sums of few outputs (partial-sums.ts).
 * Source of the idea: register blocking of GotoBLAS (Goto and van de Geijn 2008); figures in docs/benchmarks.md.
 */
import { defined } from '../../base/assert.js';
import { laneCuts, rowCuts, type Cut } from './cuts.js';
import { coefficient } from './linear.js';
import { meets } from './addresses.js';
import { counting } from './tile-cycles.js';
import type { Region, TileRequest } from './tile-request.js';
import { fitsWindow, windowOf } from './window.js';

export interface Tile {
  /** Loops [0, regionStart) stay as they are. */
  readonly regionStart: number;
  /** Per loop of the region that is not reduced: how the tile cuts it. Empty for all other loops. */
  readonly cuts: readonly (readonly Cut[])[];
  readonly isReduce: readonly boolean[];
  readonly laneLoop: number | undefined;
  readonly lanes: number;
  /** All reduction loops are inside the region, so that accumulators may start from the neutral value. */
  readonly coversReduction: boolean;
  /** Reduction loops (by position) that are unrolled inside the tile. */
  readonly unrolled: readonly number[];
  /** Terms per cycle, by counting; 0: nothing was counted. */
  readonly rate: number;
}

const MAX_TILE_LOOPS = 5;

/** Chooses the tile; there is always one (a single scalar at worst). */
export function chooseTile(q: TileRequest): Tile {
  const n = q.loops.length;
  const isReduce = q.loops.map((l) => coefficient(q.store, l.var) === 0);
  // Loops whose part in the address is unclear (spatial and reduction loops fused), or whose iterations share sums: no tile reaches over them.
  const moves = q.loops.map((l) => coefficient(q.store, l.var));
  const shared = meets(q.store, q.loops);
  const unclear = moves.findLastIndex((by) => by === undefined || (shared && by !== 0));
  let best: Tile | undefined;
  let bestScore = -1;
  for (const reduceStart of reduceRuns(isReduce)) {
    if (reduceStart <= unclear) continue;
    let start = reduceStart;
    while (start > unclear + 1 && !isReduce[start - 1]) start--;
    const innermost = reduceStart === reduceRuns(isReduce)[0];
    const spatial: number[] = [];
    for (let i = n - 1; i >= start; i--) if (!isReduce[i] && spatial.length < MAX_TILE_LOOPS) spatial.push(i);
    const mustBeWhole = (i: number): boolean => !innermost && i > reduceStart;
    const laneLoops = spatial.filter((i) => coefficient(q.store, defined(q.loops[i], 'a loop').var) === 1);
    const covers = unclear < 0 && !isReduce.slice(0, start).includes(true);
    for (const lane of [...laneLoops, undefined]) {
      let found = false;
      for (const lanes of lane === undefined ? [1] : laneCounts(q, lane, covers)) {
        const tile = search(q, { start, isReduce, spatial, mustBeWhole, lane, lanes, covers });
        if (tile === undefined) continue;
        found = true;
        if (tile.score <= bestScore) continue;
        best = tile.tile;
        bestScore = tile.score;
      }
      if (found && lane !== undefined) break;
    }
  }
  return best ?? { regionStart: n, cuts: q.loops.map(() => []), isReduce, laneLoop: undefined, lanes: 1, coversReduction: unclear < 0 && !isReduce.includes(true), unrolled: [], rate: 0 };
}

/** Starts of the runs of reduction loops, innermost run first; the nest's end if there is none. */
function reduceRuns(isReduce: readonly boolean[]): number[] {
  const starts: number[] = [];
  for (let i = isReduce.length - 1; i >= 0; i--) if (isReduce[i] && !isReduce[i - 1]) starts.push(i);
  return starts.length > 0 ? starts : [isReduce.length];
}

/** Loops that a tile need not divide; each doubles the code. */
const MAX_UNEVEN = 2;
/** What a remainder must gain to be worth its code. */
const UNEVEN_PRICE = 0.97;

function search(q: TileRequest, r: Region): { tile: Tile; score: number } | undefined {
  const n = q.loops.length;
  const { lanes } = r;
  const wholeIn = q.loops.map((_, i) => i > r.start && !r.isReduce[i] && r.mustBeWhole(i));
  for (let i = 0; i < n; i++) if (wholeIn[i] && !r.spatial.includes(i)) return undefined;
  const accLimit = q.unit.registers - (q.unit.registers >= 32 ? 4 : 3);
  const count = counting(q, r);
  const cuts: (readonly Cut[])[] = q.loops.map((l, i) => (i >= r.start && !r.isReduce[i] ? rowCuts(l.extent, 1) : []));
  let bestCuts: readonly (readonly Cut[])[] | undefined;
  let bestScore = -1;
  let bestFma = 1;
  const options = r.spatial.map((i) => optionsOf(q, r, i, accLimit));
  const visit = (k: number, acc: number, uneven: number): void => {
    const i = r.spatial[k];
    if (i === undefined) {
      const score = count(cuts) * UNEVEN_PRICE ** uneven;
      if (score > bestScore * 1.0001) {
        bestScore = score;
        bestCuts = cuts.slice();
        bestFma = acc;
      }
      return;
    }
    const before = cuts[i] ?? [];
    for (const option of options[k] ?? []) {
      if (acc * option.values > accLimit) break;
      if (option.cuts.length > 1 && uneven >= MAX_UNEVEN) continue;
      cuts[i] = option.cuts;
      visit(k + 1, acc * option.values, option.cuts.length > 1 ? uneven + 1 : uneven);
    }
    cuts[i] = before;
  };
  visit(0, 1, 0);
  if (bestCuts === undefined) return undefined;
  const unrolled: number[] = [];
  let statements = bestFma;
  const window = windowOf(q, r);
  for (let i = n - 1; i >= r.start; i--) {
    if (!r.isReduce[i]) continue;
    statements *= q.loops[i]?.extent ?? 1;
    if (statements > q.unrollLimit && !(i === window?.loop && fitsWindow(q, bestFma, window.extent))) break;
    unrolled.push(i);
  }
  return {
    score: bestScore,
    tile: { regionStart: r.start, cuts: bestCuts, isReduce: r.isReduce, laneLoop: r.lane, lanes, coversReduction: r.covers, unrolled, rate: bestScore },
  };
}

/** A way to cut a loop: `values` (vectors along the lanes) in the largest tile. */
interface Option { readonly values: number; readonly cuts: readonly Cut[] }

/** The ways to cut loop `i`, the smallest tiles first. */
function optionsOf(q: TileRequest, r: Region, i: number, most: number): Option[] {
  const extent = q.loops[i]?.extent ?? 1;
  const along = i === r.lane;
  const again = r.covers && q.initKnown;
  const options: Option[] = [];
  const largest = Math.max(1, Math.ceil(extent / r.lanes));
  for (let values = 1; values <= Math.min(most, along ? largest : extent); values++) {
    const cuts = along ? laneCuts(extent, r.lanes, values, again) : rowCuts(extent, values);
    if ((cuts.length === 1 || q.uneven) && (!r.mustBeWhole(i) || (cuts.length === 1 && cuts[0]?.count === 1))) options.push({ values, cuts });
  }
  return options;
}

/** The numbers of lanes to try: the most that divide the loop, and, where remainders are allowed, more of them. */
function laneCounts(q: TileRequest, lane: number, covers: boolean): number[] {
  const loop = q.loops[lane];
  const counts: number[] = [];
  if (loop === undefined) return counts;
  for (let w = q.unit.bytes / q.elementBytes; w * q.elementBytes >= 16; w /= 2) {
    const even = loop.extent % w === 0;
    if ((!even && !q.uneven) || loop.extent < w || !q.vectorizable(loop, laneCuts(loop.extent, w, 1, covers && q.initKnown))) continue;
    counts.push(w);
    if (even) break;
  }
  return counts;
}
