/** Tile sizes of a reduction for a register file and a cache (after Goto and van de Geijn 2008). */
import type { ComputeOp } from '../dag/op.js';
import { dtypeBytes } from '../ir/dtype.js';
import type { Buffer } from '../ir/buffer.js';
import { visitExpr } from '../ir/walk.js';
import { movedBy, movesAll } from './moved-by.js';
import { unevenShape } from './uneven-tile.js';

export interface RegisterFileSize {
  /** Bytes of a vector register. */
  readonly vectorBytes: number;
  /** Number of vector registers. */
  readonly registers: number;
}

/**
 * Per spatial axis: iterations of the innermost loops (`registers`), how many of them the code generator keeps in registers at a time (`tile`: the
 * same where that divides), and how many of those loops make a block that one core works on.
 */
export interface AxisTiles { readonly registers: readonly number[]; readonly tile: readonly number[]; readonly block: readonly number[] }

/** The shortest vector that is used. */
const LEAST_LANES = 4;

type Divisors = (n: number) => readonly number[];

function largest(divisors: Divisors, n: number, most: number): number {
  return divisors(n).filter((d) => d <= most).at(-1) ?? 1;
}

/** Factors per spatial axis, and multiply-adds per load. */
interface Shape { readonly factors: readonly number[]; readonly rate: number }

/** Axes beside the lane axis over which a tile may reach. */
const ROW_AXES = 3;

/**
 * The tile with the most multiply-adds per load: several vectors along the lane axis, some steps of the axes outside it. Axes that move all
 * operands (batches, groups) stay out: nothing would be used twice. Loads of one step: vectors count double (they come from farther away), numbers once.
 */
function bestShape(divisors: Divisors, op: ComputeOp, lane: number, lanes: number, budget: number): Shape {
  const extents = op.axes.map((axis) => axis.extent);
  const loads = movedBy(op);
  const extent = extents[lane] ?? 1;
  const widths = divisors(extent).filter((d) => d % lanes === 0 && d / lanes <= budget);
  const narrow = divisors(extent).filter((d) => d <= 2 * lanes);
  const least = narrow.filter((d) => d % 4 === 0).at(-1) ?? narrow.at(-1) ?? 1;
  const factors = extents.map(() => 1);
  factors[lane] = least;
  let best: Shape = { factors: factors.slice(), rate: 0 };
  const rows = extents.map((_, axis) => axis).filter((axis) => axis < lane && (extents[axis] ?? 1) > 1 && !movesAll(loads, axis)).slice(-ROW_AXES).reverse();
  const visit = (k: number, vectors: number, count: number): void => {
    const axis = rows[k];
    if (axis === undefined) {
      const cost = loads.reduce((sum, used) => sum + factors.reduce((n, f, i) => (i !== lane && used[i] ? n * f : n), used[lane] ? 2 * vectors : 1), 0);
      const rate = count / Math.max(1, cost);
      if (rate > best.rate) best = { factors: factors.slice(), rate };
      return;
    }
    // The axis nearest to the lanes takes as much as it can: ties go to the first found.
    for (const f of divisors(extents[axis] ?? 1).filter((d) => d * count <= budget).reverse()) {
      factors[axis] = f;
      visit(k + 1, vectors, count * f);
    }
    factors[axis] = 1;
  };
  for (const width of widths.length > 0 ? widths : [least]) {
    factors[lane] = width;
    const vectors = Math.ceil(width / lanes);
    visit(0, vectors, vectors);
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
  const block = extents.map(() => 1);
  let lane = extents.length - 1;
  while (lane > 0 && extents[lane] === 1) lane--;
  const laneExtent = extents[lane];
  if (laneExtent === undefined) return { registers: extents, tile: extents, block };
  const budget = file.registers - (file.registers >= 32 ? 4 : 3);
  const even = bestShape(divisors, op, lane, lanes, budget);
  const { loops: registers, tile } = unevenShape(divisors, op, lane, lanes, budget, even.factors) ?? { loops: even.factors, tile: even.factors };
  const inner = registers[lane] ?? 1;

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
  return { registers, tile, block };
}

/**
 * Sizes around a packed panel: steps of the reduction that a panel holds, and per spatial axis how many register tiles a panel serves (`inside`)
 * and how many panels a block has (`outside`).
 */
export interface PanelTiles { readonly depth: readonly number[]; readonly inside: readonly number[]; readonly outside: readonly number[] }

/** Of the cache for a block of the other operand, the part that a panel may take: it should stay in the first-level cache. */
const PANEL_SHARE = 1 / 16;

/** Does all of the lane operand that one register tile reads stay in the first-level cache from one tile to the next? */
export function fitsFirstLevel(op: ComputeOp, tiles: AxisTiles, cacheBytes: number): boolean {
  const lane = op.axes.findLastIndex((axis) => axis.extent > 1);
  const terms = op.reduceAxes.reduce((n, axis) => n * axis.extent, 1);
  return terms * (tiles.tile[lane] ?? 1) * dtypeBytes(op.output.dtype) <= 2 * PANEL_SHARE * cacheBytes;
}

/**
 * Sizes for `op` with the operand along the lane axis packed: a panel is one register tile wide and as deep as `cacheBytes` / 16 allows; it serves
 * so many rows that their part of the other operand fills `cacheBytes`.
 */
export function panelTile(op: ComputeOp, tiles: AxisTiles, cacheBytes: number, divisors: Divisors): PanelTiles {
  const bytes = dtypeBytes(op.output.dtype);
  const extents = op.axes.map((axis) => axis.extent);
  let lane = extents.length - 1;
  while (lane > 0 && extents[lane] === 1) lane--;
  let room = Math.max(1, Math.floor((cacheBytes * PANEL_SHARE) / (bytes * (tiles.registers[lane] ?? 1))));
  let deep = 1;
  const depth = op.reduceAxes.map(() => 1);
  for (let axis = op.reduceAxes.length - 1; axis >= 0; axis--) {
    const length = largest(divisors, op.reduceAxes[axis]?.extent ?? 1, room);
    depth[axis] = length;
    deep *= length;
    room = Math.floor(room / length);
  }
  let rows = Math.max(1, Math.floor(cacheBytes / (deep * bytes)));
  const inside = tiles.block.map(() => 1);
  const loads = movedBy(op);
  for (let axis = lane - 1; axis >= 0; axis--) {
    if (movesAll(loads, axis)) continue;
    const registers = tiles.registers[axis] ?? 1;
    inside[axis] = largest(divisors, tiles.block[axis] ?? 1, Math.max(1, Math.floor(rows / registers)));
    rows = Math.max(1, Math.floor(rows / (registers * (inside[axis] ?? 1))));
  }
  const outside = tiles.block.map((block, axis) => (axis === lane ? block : largest(divisors, block, Math.floor(block / (inside[axis] ?? 1)))));
  return { depth, inside, outside };
}

/** Are all operands contiguous along the last reduction axis (constants can be made so), while the lane axis has no vectors in it? Lanes then run along the reduction. */
export function lanesAlongReduction(op: ComputeOp, constant: (buffer: Buffer) => boolean): boolean {
  const lane = op.axes.filter((axis) => axis.extent > 1).at(-1);
  const reduction = op.reduceAxes.at(-1);
  if (op.body.kind !== 'reduce' || reduction === undefined || lane === undefined || lane.extent % LEAST_LANES === 0 || reduction.extent % LEAST_LANES !== 0 || reduction.extent < 2 * LEAST_LANES) return false;
  let fits = true;
  visitExpr(op.body.source, (e) => {
    if (e.kind === 'load' && !constant(e.buffer) && e.indices.at(-1) !== reduction.var) fits = false;
  });
  return fits;
}

/** Outputs that are summed at the same time, per spatial axis, with lanes along the reduction. */
export function dotTile(op: ComputeOp, file: RegisterFileSize, divisors: Divisors): readonly number[] {
  const lane = op.axes.findLastIndex((axis) => axis.extent > 1);
  return lane < 0 ? op.axes.map(() => 1) : bestShape(divisors, op, lane, 1, file.registers - 3).factors;
}
