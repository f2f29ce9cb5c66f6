/** What a register tile costs, by counting issue slots and latency. */
import type { Cut } from './cuts.js';
import { coefficient } from './linear.js';
import type { Region, TileRequest } from './tile-request.js';
import { distinct, fitsWindow, windowOf } from './window.js';

/** Latency of a dependent multiply-add in cycles, and how many loads and multiply-adds issue per cycle (typical of today's cores). */
export const FMA_LATENCY = 4;
export const PER_CYCLE = 2;
/** Loads cross cache lines and wait for them. */
const LOAD_PRICE = 1.1;
const LINE_BYTES = 64;

/** A function that counts elements per cycle of a tile. */
export function counting(q: TileRequest, r: Region): (cuts: readonly (readonly Cut[])[]) => number {
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

/** Cycles of one step of a reduction with `acc` multiply-adds that do not depend on each other. */
export function stepCycles(acc: number, loads: number): number {
  return Math.max(acc / PER_CYCLE, (LOAD_PRICE * loads) / PER_CYCLE, (acc + loads) / 4, FMA_LATENCY) + 0.5;
}
