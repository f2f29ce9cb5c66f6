/** Tile sizes of a reduction for a register file and a cache (after Goto and van de Geijn 2008). */
import type { ComputeOp } from '../dag/op.js';
import { dtypeBytes } from '../ir/dtype.js';

export interface RegisterFileSize {
  /** Bytes of a vector register. */
  readonly vectorBytes: number;
  /** Number of vector registers. */
  readonly registers: number;
}

/** Per spatial axis: iterations of the innermost tile, and how many of those tiles make a block that one core works on. */
export interface AxisTiles { readonly registers: readonly number[]; readonly block: readonly number[] }

type Divisors = (n: number) => readonly number[];

function largest(divisors: Divisors, n: number, most: number): number {
  return divisors(n).filter((d) => d <= most).at(-1) ?? 1;
}

interface Shape { readonly lane: number; readonly rows: readonly number[]; readonly rate: number }

/**
 * The tile with the most multiply-adds per load: `vectors` wide along the lane axis, `rows` along the two axes outside it. Loads of
 * one step: a vector for each column (which counts double: columns come from farther away), a number for each row.
 */
function bestShape(divisors: Divisors, extents: readonly number[], lane: number, lanes: number, budget: number): Shape {
  const extent = extents[lane] ?? 1;
  const widths = divisors(extent).filter((d) => d % lanes === 0 && d / lanes <= budget);
  const narrow = divisors(extent).filter((d) => d <= 2 * lanes);
  let best: Shape = { lane: narrow.filter((d) => d % 4 === 0).at(-1) ?? narrow.at(-1) ?? 1, rows: [1, 1], rate: 0 };
  for (const width of widths.length > 0 ? widths : [best.lane]) {
    const vectors = Math.ceil(width / lanes);
    for (const near of [...divisors(extents[lane - 1] ?? 1)].reverse()) {
      for (const far of divisors(extents[lane - 2] ?? 1)) {
        const rows = near * far;
        if (rows * vectors > budget) break;
        const rate = (rows * vectors) / (rows + 2 * vectors);
        if (rate > best.rate) best = { lane: width, rows: [near, far], rate };
      }
    }
  }
  return best;
}

/**
 * Tiles of the spatial axes of `op`: lanes along the last axis with more than one step, a few registers left for operands. A block holds so many columns that its weights fit `cacheBytes`, and so many
 * rows that at least `tasks` blocks remain.
 */
export function registerTile(op: ComputeOp, file: RegisterFileSize, tasks: number, cacheBytes: number, divisors: Divisors): AxisTiles {
  const bytes = dtypeBytes(op.output.dtype);
  const lanes = Math.max(1, file.vectorBytes / bytes);
  const extents = op.axes.map((axis) => axis.extent);
  const registers = extents.map(() => 1);
  const block = extents.map(() => 1);
  let lane = extents.length - 1;
  while (lane > 0 && extents[lane] === 1) lane--;
  const laneExtent = extents[lane];
  if (laneExtent === undefined) return { registers, block };
  const shape = bestShape(divisors, extents, lane, lanes, file.registers - (file.registers >= 32 ? 4 : 3));
  const inner = shape.lane;
  registers[lane] = inner;
  shape.rows.forEach((rows, i) => {
    if (lane - 1 - i >= 0) registers[lane - 1 - i] = rows;
  });

  const terms = op.reduceAxes.reduce((n, axis) => n * axis.extent, 1);
  const columns = Math.max(1, Math.floor(cacheBytes / (terms * bytes * inner)));
  const left = extents.map((extent, axis) => extent / (registers[axis] ?? 1));
  block[lane] = largest(divisors, left[lane] ?? 1, columns);
  let blocks = left.reduce((n, tiles) => n * tiles, 1) / (block[lane] ?? 1);
  // Too few blocks for all cores: narrower ones first, then rows join blocks as long as enough remain.
  while (blocks < tasks && (block[lane] ?? 1) > 1) {
    const narrower = largest(divisors, block[lane] ?? 1, Math.floor((block[lane] ?? 1) / 2));
    blocks *= (block[lane] ?? 1) / narrower;
    block[lane] = narrower;
  }
  for (let axis = lane - 1; axis >= 0; axis--) {
    block[axis] = largest(divisors, left[axis] ?? 1, Math.max(1, Math.floor(blocks / tasks)));
    blocks /= block[axis] ?? 1;
  }
  return { registers, block };
}
