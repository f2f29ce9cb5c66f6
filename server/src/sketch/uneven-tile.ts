/**
 * Register tiles for extents without useful factors (197 tokens of a vision transformer): the schedule leaves a whole loop innermost, and the code
 * generator cuts it into tiles and a remainder (target/kernel/cuts.ts). Chosen only where that beats the best tile that divides.
 */
import type { ComputeOp } from '../dag/op.js';
import { movedBy, movesAll } from './moved-by.js';

/** Per spatial axis: iterations that the schedule leaves innermost, and how many of them are in registers at a time. */
export interface UnevenShape {
  readonly loops: readonly number[];
  readonly tile: readonly number[];
  /** Multiply-adds of vectors per cycle, by counting; of the best tile that divides, too. */
  readonly rate: number;
  readonly evenRate: number;
}

/** A run of equal tiles along an axis: how many, and their size. */
interface Run { readonly count: number; readonly size: number }
interface Option { readonly loop: number; readonly tile: number; readonly runs: readonly Run[] }

/** How much faster than the best tile that divides one with remainders must be, by counting. */
const WORTH = 1.2;
/** Axes beside the lane axis over which a tile may reach. */
const ROW_AXES = 2;

/**
 * The best tile with remainders, `undefined` where `even` (sizes that divide) is about as good. `lane`: the axis of the lanes. A loop that is left
 * whole holds `tiles` tiles if it can: the more, the less its remainder costs, and the less is left to share among cores.
 */
export function unevenShape(
  divisors: (n: number) => readonly number[], op: ComputeOp, lane: number, lanes: number, budget: number, even: readonly number[], tiles: number,
): UnevenShape | undefined {
  const extents = op.axes.map((axis) => axis.extent);
  const loads = movedBy(op);
  const rows = extents.map((_, axis) => axis).filter((axis) => axis < lane && (extents[axis] ?? 1) > 1 && !movesAll(loads, axis)).slice(-ROW_AXES);
  const axes = [lane, ...rows.reverse()];

  /** Multiply-adds of vectors per cycle. */
  const rate = (chosen: readonly Option[]): number => {
    let done = 0;
    let cycles = 0;
    const visit = (k: number, times: number, sizes: readonly number[]): void => {
      const option = chosen[k];
      if (option === undefined) {
        const count = sizes.reduce((n, size) => n * size, 1);
        // Vectors come from farther away than numbers.
        const cost = loads.reduce((sum, used) => sum + sizes.reduce((n, size, i) => (used[axes[i] ?? 0] ? n * size * (i === 0 ? 2 : 1) : n), 1), 0);
        done += times * count;
        cycles += times * (Math.max(count / 2, cost / 2, 4) + 0.5);
        return;
      }
      for (const run of option.runs) visit(k + 1, times * run.count, [...sizes, run.size]);
    };
    visit(0, 1, []);
    return done / cycles;
  };

  const width = Math.min(lanes, 2 ** Math.floor(Math.log2(extents[lane] ?? 1)));
  if (width < 4) return undefined;
  const options = axes.map((axis) => optionsOf(divisors, extents[axis] ?? 1, axis === lane ? width : 1, budget, tiles));
  const evenLane = even[lane] ?? 1;
  // A lane axis that no vector divides is computed number by number.
  const fullLanes = evenLane % width === 0 ? 1 : evenLane % 4 === 0 ? 4 / width : 1 / width;
  const evenRate = fullLanes * rate(axes.map((axis): Option => {
    const size = axis === lane ? Math.max(1, Math.floor(evenLane / width)) : even[axis] ?? 1;
    return { loop: 1, tile: 1, runs: [{ count: 1, size }] };
  }));
  let best: { rate: number; chosen: readonly Option[] } = { rate: WORTH * evenRate, chosen: [] };
  const visit = (k: number, chosen: readonly Option[], values: number): void => {
    const all = options[k];
    if (all === undefined) {
      const found = rate(chosen);
      if (found > best.rate * 1.0001) best = { rate: found, chosen };
      return;
    }
    for (const option of all) {
      const size = option.runs[0]?.size ?? 1;
      if (values * size <= budget) visit(k + 1, [...chosen, option], values * size);
    }
  };
  visit(0, [], 1);
  if (best.chosen.length === 0) return undefined;
  const pick = (of: (option: Option) => number): number[] => extents.map((_, axis) => {
    const option = best.chosen[axes.indexOf(axis)];
    return option === undefined ? 1 : of(option);
  });
  return { loops: pick((o) => o.loop), tile: pick((o) => o.tile), rate: best.rate, evenRate };
}

/** The ways to cut an axis of `extent` into tiles of 1 to `most` values of `width` elements, `tiles` of them in a loop with a remainder. */
function optionsOf(divisors: (n: number) => readonly number[], extent: number, width: number, most: number, tiles: number): Option[] {
  const options: Option[] = [];
  const values = Math.ceil(extent / width);
  for (let size = 1; size <= Math.min(most, values); size++) {
    const tile = size * width;
    if (extent % tile === 0) {
      options.push({ loop: tile, tile, runs: [{ count: extent / tile, size }] });
      continue;
    }
    const loop = divisors(extent).find((d) => d >= tiles * tile) ?? extent;
    const inside = Math.ceil(loop / width);
    const count = Math.floor(inside / size);
    const rest = inside - count * size;
    const runs = [{ count: count * (extent / loop), size }, ...(rest > 0 ? [{ count: extent / loop, size: rest }] : [])];
    options.push({ loop, tile: Math.min(tile, loop), runs });
  }
  return options;
}
