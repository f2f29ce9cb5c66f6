/**
 * Register tiles: how much of a reduction's perfect nest is kept in vector registers. The schedule decides blocking and order; within the
 * innermost part this chooses the tile of the spatial loops with the best ratio of multiply-adds to loads that fits the
 * registers; it need not divide the loops (cuts.ts). Outputs keep the order of their own terms, so results do not change beyond contraction.
 * Source of the idea: register blocking of GotoBLAS (Goto and van de Geijn 2008); figures in docs/benchmarks.md.
 */
import { laneCuts, rowCuts, type Cut } from './cuts.js';
import type { Linear } from './linear.js';
import { coefficient } from './linear.js';
import type { VectorUnit } from './ir.js';
import type { Loop } from './nest.js';
import { meets } from './places.js';

export interface TileRequest {
  readonly loops: readonly Loop[];
  /** Flat address of the store. */
  readonly store: Linear;
  /** Flat addresses of the loads of the source. */
  readonly loads: readonly Linear[];
  readonly unit: VectorUnit;
  readonly elementBytes: number;
  /** The update follows directly on the store of the neutral value, which a full hoist makes unnecessary. */
  readonly initKnown: boolean;
  /** False: values cannot be formed lane by lane along this loop, with vectors at these places. */
  readonly vectorizable: (loop: Loop, cuts: readonly Cut[]) => boolean;
  /** May tiles leave a remainder? */
  readonly uneven: boolean;
  /** Most update statements to unroll (vectors). */
  readonly unrollLimit: number;
}

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

/** Latency of a dependent multiply-add in cycles, and how many loads and multiply-adds issue per cycle (typical of today's cores). */
const FMA_LATENCY = 4;
const PER_CYCLE = 2;
/** Loads cross cache lines and wait for them. */
const LOAD_PRICE = 1.1;
const MAX_TILE_LOOPS = 5;
const LINE_BYTES = 64;

export function divisors(n: number): number[] {
  const out: number[] = [];
  for (let d = 1; d <= n; d++) if (n % d === 0) out.push(d);
  return out;
}

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
    const laneLoops = spatial.filter((i) => coefficient(q.store, q.loops[i]?.var ?? never()) === 1);
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

function never(): never {
  throw new Error('assertion failed: loop index out of range');
}

/** Starts of the runs of reduction loops, innermost run first; the nest's end if there is none. */
function reduceRuns(isReduce: readonly boolean[]): number[] {
  const starts: number[] = [];
  for (let i = isReduce.length - 1; i >= 0; i--) if (isReduce[i] && !isReduce[i - 1]) starts.push(i);
  return starts.length > 0 ? starts : [isReduce.length];
}

interface Region {
  readonly start: number;
  readonly isReduce: readonly boolean[];
  readonly spatial: readonly number[];
  readonly mustBeWhole: (i: number) => boolean;
  readonly lane: number | undefined;
  readonly lanes: number;
  /** No reduction loop stands outside. */
  readonly covers: boolean;
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

/** A function that counts elements per cycle of a tile, by issue slots and latency. */
function counting(q: TileRequest, r: Region): (cuts: readonly (readonly Cut[])[]) => number {
  const trips = q.loops.reduce((p, l, i) => (i >= r.start && r.isReduce[i] ? p * l.extent : p), 1);
  const elements = r.spatial.reduce((p, i) => p * (q.loops[i]?.extent ?? 1), 1);
  const moves = q.loads.map((l) => q.loops.map((loop) => coefficient(l, loop.var)));
  const split = moves.map((by) => splitShare(q, r, by));
  const perStore = r.covers && q.initKnown ? 1 : 2.5;
  const window = windowOf(q, r);
  const loaded = new Array<number>(q.loads.length).fill(1);
  const sum = (loads: readonly number[]): number => loads.reduce((a, b) => a + b, 0);
  return (cuts) => {
    /** `shared`: what one turn of the window loop loads, if what its steps have in common is loaded once. */
    const visit = (k: number, tiles: number, acc: number, loads: readonly number[], shared: readonly number[]): number => {
      const i = r.spatial[k];
      if (i === undefined) {
        const plain = stepCycles(acc, sum(loads));
        const cycles = window !== undefined && fitsWindow(q, acc, window.extent) ? Math.min(plain, stepCycles(acc * window.extent, sum(shared)) / window.extent) : plain;
        return tiles * (cycles * trips + acc * perStore + 4);
      }
      let cycles = 0;
      for (const cut of cuts[i] ?? []) {
        const values = cut.offsets.length;
        // Vectors that are not contiguous are put together from numbers.
        const times = moves.map((by, l) => (by[i] === 0 ? 1 : i !== r.lane ? values : by[i] === 1 ? values * (split[l] ?? 1) : values * cut.lanes));
        const next = loads.map((count, l) => count * (times[l] ?? 1));
        const nextShared = shared.map((count, l) => {
          const extent = window?.extent ?? 1;
          const overlap = window === undefined || values === 1 ? undefined : distinct(moves[l]?.[i], values, moves[l]?.[window.loop], extent);
          return overlap === undefined ? count * (times[l] ?? 1) : (count * overlap) / extent;
        });
        cycles += visit(k + 1, tiles * cut.count, acc * values, next, nextShared);
      }
      return cycles;
    };
    const once = q.loads.map((_, l) => (window === undefined ? 1 : moves[l]?.[window.loop] === 0 ? 1 : window.extent));
    return (elements * trips) / visit(0, 1, 1, loaded, once);
  };
}

/** How many cache lines a vector of an operand touches, which it moves through by `moves` per loop: its rows may begin anywhere in a line. */
function splitShare(q: TileRequest, r: Region, moves: readonly (number | undefined)[]): number {
  const bytes = r.lanes * q.elementBytes;
  const aligned = moves.every((by, i) => i === r.lane || q.loops[i]?.extent === 1 || (by ?? 0) % r.lanes === 0);
  return aligned ? 1 : 1 + bytes / LINE_BYTES;
}

/** Steps of a window that is unrolled, at most, and updates. */
const WIDEST_WINDOW = 11;
const MOST_UPDATES = 64;

/** The innermost reduction loop, if its steps may share loads with neighbouring outputs: a window that slides over them. */
function windowOf(q: TileRequest, r: Region): { readonly loop: number; readonly extent: number } | undefined {
  const loop = r.isReduce.lastIndexOf(true);
  const extent = q.loops[loop]?.extent ?? 1;
  if (loop < r.start || extent === 1 || extent > WIDEST_WINDOW || q.unrollLimit === 1) return undefined;
  const slides = q.loads.some((l) => r.spatial.some((i) => i !== r.lane && overlaps(coefficient(l, q.loops[i]?.var ?? never()), coefficient(l, q.loops[loop]?.var ?? never()), extent)));
  return slides ? { loop, extent } : undefined;
}

/** Do `acc` sums and what they share in a window stay in registers? */
function fitsWindow(q: TileRequest, acc: number, extent: number): boolean {
  return acc * extent <= MOST_UPDATES && acc + 2 * extent + 1 <= q.unit.registers;
}

/** Do neighbouring outputs read the same elements in different steps of a window? */
function overlaps(output: number | undefined, step: number | undefined, steps: number): boolean {
  return (distinct(output, 2, step, steps) ?? Infinity) < 2 * steps;
}

/** How many of the addresses output * i + step * j are distinct, for `outputs` values of i and `steps` of j; undefined where some address stays. */
function distinct(output: number | undefined, outputs: number, step: number | undefined, steps: number): number | undefined {
  if (output === undefined || step === undefined || output === 0 || step === 0) return undefined;
  // Neighbours coincide where a multiple of the smaller stride is the larger one's: then they lie on one grid.
  const [small, large] = Math.abs(output) < Math.abs(step) ? [output, step] : [step, output];
  if (large % small !== 0) return outputs * steps;
  const ratio = Math.abs(large / small);
  const [fine, coarse] = small === output ? [outputs, steps] : [steps, outputs];
  return ratio >= fine ? outputs * steps : fine + (coarse - 1) * ratio;
}

/** Cycles of one step of a reduction with `acc` multiply-adds that do not depend on each other. */
export function stepCycles(acc: number, loads: number): number {
  return Math.max(acc / PER_CYCLE, (LOAD_PRICE * loads) / PER_CYCLE, (acc + loads) / 4, FMA_LATENCY) + 0.5;
}
