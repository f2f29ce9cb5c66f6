/**
 * Register tiles: how much of a reduction's perfect nest is kept in vector registers. The schedule decides blocking and order; within the
 * innermost part this chooses, among the factors of the spatial loops, the tile with the best ratio of multiply-adds to loads that fits the
 * registers. Outputs keep the order of their own terms, so results do not change beyond contraction.
 * Source of the idea: register blocking of GotoBLAS (Goto and van de Geijn 2008); figures in docs/benchmarks.md.
 */
import type { Linear } from './linear.js';
import { coefficient } from './linear.js';
import type { VectorUnit } from './ir.js';
import type { Loop } from './nest.js';

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
  /** False: values cannot be formed lane by lane along this loop. */
  readonly vectorizable: (loop: Loop, lanes: number) => boolean;
  /** Most update statements to unroll (vectors). */
  readonly unrollLimit: number;
}

export interface Tile {
  /** Loops [0, regionStart) stay as they are. */
  readonly regionStart: number;
  /** Per loop: how much of it is in the tile (1 for reduction loops and loops outside the region). */
  readonly factors: readonly number[];
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
const MAX_TILE_LOOPS = 5;

export function divisors(n: number): number[] {
  const out: number[] = [];
  for (let d = 1; d <= n; d++) if (n % d === 0) out.push(d);
  return out;
}

/** Chooses the tile; there is always one (a single scalar at worst). */
export function chooseTile(q: TileRequest): Tile {
  const n = q.loops.length;
  const isReduce = q.loops.map((l) => coefficient(q.store, l.var) === 0);
  // Loops whose part in the address is unclear (spatial and reduction loops fused): no tile reaches over them.
  const unclear = q.loops.findLastIndex((l) => coefficient(q.store, l.var) === undefined);
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
    for (const lane of [...laneLoops, undefined]) {
      const tile = search(q, { start, isReduce, spatial, mustBeWhole, lane, covers: unclear < 0 && !isReduce.slice(0, start).includes(true) });
      if (tile !== undefined && tile.score > bestScore) {
        best = tile.tile;
        bestScore = tile.score;
      }
      if (tile !== undefined && lane !== undefined) break;
    }
  }
  return best ?? { regionStart: n, factors: q.loops.map(() => 1), isReduce, laneLoop: undefined, lanes: 1, coversReduction: unclear < 0 && !isReduce.includes(true), unrolled: [], rate: 0 };
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
  /** No reduction loop stands outside. */
  readonly covers: boolean;
}

function search(q: TileRequest, r: Region): { tile: Tile; score: number } | undefined {
  const n = q.loops.length;
  const lanes = r.lane === undefined ? 1 : laneCount(q, r.lane);
  if (r.lane !== undefined && lanes === 1) return undefined;
  const wholeIn = q.loops.map((_, i) => i > r.start && !r.isReduce[i] && r.mustBeWhole(i));
  for (let i = 0; i < n; i++) if (wholeIn[i] && !r.spatial.includes(i)) return undefined;
  const reduceTrips = q.loops.reduce((p, l, i) => (i >= r.start && r.isReduce[i] ? p * l.extent : p), 1);
  const accLimit = q.unit.registers - (q.unit.registers >= 32 ? 4 : 3);
  const factors = q.loops.map(() => 1);
  let bestFactors: number[] | undefined;
  let bestScore = -1;
  let bestFma = 1;
  const visit = (k: number, acc: number): void => {
    const i = r.spatial[k];
    if (i === undefined) {
      const score = rate(q, factors, r.lane, lanes, acc, reduceTrips, r.covers);
      if (score > bestScore * 1.0001) {
        bestScore = score;
        bestFactors = factors.slice();
        bestFma = acc;
      }
      return;
    }
    const extent = q.loops[i]?.extent ?? 1;
    const options = r.mustBeWhole(i) ? [extent] : divisors(extent);
    for (const f of options) {
      const vectors = i === r.lane ? f / lanes : f;
      if (!Number.isInteger(vectors)) continue;
      if (acc * vectors > accLimit) break;
      factors[i] = f;
      visit(k + 1, acc * vectors);
    }
    factors[i] = 1;
  };
  visit(0, 1);
  if (bestFactors === undefined) return undefined;
  const unrolled: number[] = [];
  let statements = bestFma;
  for (let i = n - 1; i >= r.start; i--) {
    if (!r.isReduce[i]) continue;
    statements *= q.loops[i]?.extent ?? 1;
    if (statements > q.unrollLimit) break;
    unrolled.push(i);
  }
  return {
    score: bestScore,
    tile: { regionStart: r.start, factors: bestFactors, isReduce: r.isReduce, laneLoop: r.lane, lanes, coversReduction: r.covers, unrolled, rate: bestScore },
  };
}

/** The widest vector whose lanes divide the loop, 1 if there is none. */
function laneCount(q: TileRequest, lane: number): number {
  const loop = q.loops[lane];
  if (loop === undefined) return 1;
  for (let w = q.unit.bytes / q.elementBytes; w * q.elementBytes >= 16; w /= 2) {
    if (loop.extent % w === 0 && q.vectorizable(loop, w)) return w;
  }
  return 1;
}

/** Elements per cycle, by counting issue slots and latency. */
function rate(q: TileRequest, factors: readonly number[], lane: number | undefined, lanes: number, acc: number, trips: number, covers: boolean): number {
  let loads = 0;
  for (const l of q.loads) {
    let count = 1;
    q.loops.forEach((loop, i) => {
      const f = factors[i] ?? 1;
      if (f === 1) return;
      const c = coefficient(l, loop.var);
      if (c === 0) return;
      if (i !== lane) count *= f;
      else count *= c === 1 ? f / lanes : c === undefined ? f : f;
    });
    loads += count;
  }
  const cycles = stepCycles(acc, loads);
  const traffic = acc * (covers && q.initKnown ? 1 : 2.5) + 4;
  return (acc * lanes * trips) / (cycles * trips + traffic);
}

/** Cycles of one step of a reduction with `acc` multiply-adds that do not depend on each other. */
export function stepCycles(acc: number, loads: number): number {
  return Math.max(acc / PER_CYCLE, loads / PER_CYCLE, (acc + loads) / 4, FMA_LATENCY) + 0.5;
}
