/** Tile sizes of a reduction for a register file and a cache (after Goto and van de Geijn 2008). */
import type { ComputeOp } from '../dag/op.js';
import { dtypeBytes } from '../ir/dtype.js';
import type { Buffer } from '../ir/buffer.js';
import { visitExpr } from '../ir/walk.js';
import { movedBy, movesAll } from './moved-by.js';
import { slides, windowShape } from './window-tile.js';
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

/** Of the cache for a block of the other operand, the part that a panel may take: it should stay in the first-level cache. */
const PANEL_SHARE = 1 / 16;

/** Axes beside the lane axis over which a tile may reach. */
const ROW_AXES = 3;

/**
 * The tile with the most multiply-adds per load: several vectors along the lane axis, some steps of the axes outside it. Axes that move all
 * operands (batches, groups) stay out: nothing would be used twice. Loads of one step: vectors count double (they come from farther away), numbers once.
 */
function bestShape(divisors: Divisors, op: ComputeOp, lane: number, lanes: number, budget: number, widest = Infinity): Shape {
  const extents = op.axes.map((axis) => axis.extent);
  const loads = movedBy(op);
  const extent = extents[lane] ?? 1;
  const widths = divisors(extent).filter((d) => d % lanes === 0 && d / lanes <= budget && d <= widest);
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

/** Loads per multiply-add up to which loads do not hold the multiply-adds up. */
const FEW_LOADS = 0.75;

/**
 * Of the cache for a block, the parts in which all that a tile reads along the lanes may lie so that no panels are needed and sums stay in registers until
 * they are final: in the first-level cache, or in the second, if that gives it in time.
 */
const FIRST_LEVEL_SHARE = 2 * PANEL_SHARE;
const SECOND_LEVEL_SHARE = 5 / 8;
/** Bytes per cycle that stream from the second-level cache beside full arithmetic. */
const STREAM_BYTES = 10;

/** Does all that a register tile of this shape reads along the lanes stay near from one tile to the next? */
function staysNear(op: ComputeOp, shape: readonly number[], lane: number, lanes: number, cacheBytes: number): boolean {
  const width = (shape[lane] ?? 1) * dtypeBytes(op.output.dtype);
  const bytes = reductionTerms(op) * width;
  const cyclesOfStep = shape.reduce((n, f) => n * f, 1) / lanes / 2;
  return bytes <= FIRST_LEVEL_SHARE * cacheBytes || (bytes <= SECOND_LEVEL_SHARE * cacheBytes && width / cyclesOfStep <= STREAM_BYTES);
}

/** The best shape, or a narrower one of as many values, if only what that reads along the lanes stays near. */
function nearShape(divisors: Divisors, op: ComputeOp, lane: number, lanes: number, budget: number, cacheBytes: number): readonly number[] {
  const { factors } = bestShape(divisors, op, lane, lanes, budget);
  if (staysNear(op, factors, lane, lanes, cacheBytes)) return factors;
  const values = (shape: readonly number[], used?: readonly boolean[]): number =>
    shape.reduce((n, f, axis) => (used?.[axis] === false ? n : n * (axis === lane ? f / lanes : f)), 1);
  for (let width = (factors[lane] ?? 1) - lanes; width >= lanes; width -= lanes) {
    const narrow = bestShape(divisors, op, lane, lanes, budget, width).factors;
    const loads = movedBy(op).reduce((n, used) => n + values(narrow, used), 0);
    if (values(narrow) >= values(factors) && loads <= FEW_LOADS * values(narrow) && staysNear(op, narrow, lane, lanes, cacheBytes)) return narrow;
  }
  return factors;
}

function reductionTerms(op: ComputeOp): number {
  return op.reduceAxes.reduce((n, axis) => n * axis.extent, 1);
}

/** How many tiles a loop with a remainder may hold: with fewer, more loops are left to share among the cores. */
const UNEVEN_TILES = [4, 2, 1];
/** Bytes that come from beyond the second-level cache per cycle of one core. */
const FAR_BYTES_PER_CYCLE = 4;

/**
 * Loops of one block per spatial axis: so many columns (along `lane`) that their weights fit `cacheBytes`, and so many rows that at least `tasks` blocks
 * remain, with `inner` iterations of each axis in the register loops.
 */
function blockOf(op: ComputeOp, lane: number, inner: readonly number[], tasks: number, cacheBytes: number, divisors: Divisors): number[] {
  const block = op.axes.map(() => 1);
  const terms = op.reduceAxes.reduce((n, axis) => n * axis.extent, 1);
  const columns = Math.max(1, Math.floor(cacheBytes / (terms * dtypeBytes(op.output.dtype) * (inner[lane] ?? 1))));
  const left = op.axes.map((axis, i) => axis.extent / (inner[i] ?? 1));
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
  return block;
}

/**
 * Cycles of `cores` cores for blocks of `block` x `inner` iterations at `rate` multiply-adds of vectors per cycle: each block of rows reads all
 * operands along the lanes again, from afar if they do not fit `cacheBytes`, and the last blocks may leave cores idle.
 */
function cyclesOf(op: ComputeOp, lane: number, lanes: number, inner: readonly number[], block: readonly number[], rate: number, cores: number, cacheBytes: number): number {
  const terms = op.reduceAxes.reduce((n, axis) => n * axis.extent, 1);
  const outer = op.axes.map((axis, i) => axis.extent / ((inner[i] ?? 1) * (block[i] ?? 1)));
  const far = movedBy(op).filter((used) => used[lane]).reduce((sum, used) => {
    const bytes = op.axes.reduce((n, axis, i) => (used[i] ? n * axis.extent : n), terms * dtypeBytes(op.output.dtype));
    return bytes <= cacheBytes ? sum : sum + outer.reduce((n, times, i) => (used[i] ? n : n * times), bytes);
  }, 0);
  const blocks = outer.reduce((n, times) => n * times, 1);
  const work = op.axes.reduce((n, axis) => n * axis.extent, terms) / (lanes * rate) + far / FAR_BYTES_PER_CYCLE;
  return (work / blocks) * Math.ceil(blocks / cores);
}

/**
 * Tiles of the spatial axes of `op`: lanes along the last axis with more than one step, a few registers left for operands. At least `tasks` blocks
 * remain for `cores` cores if there can be so many. Tiles with remainders are taken where they are faster by counting, blocks and memory included.
 */
export function registerTile(op: ComputeOp, file: RegisterFileSize, cores: number, tasks: number, cacheBytes: number, divisors: Divisors): AxisTiles {
  const lanes = Math.max(1, file.vectorBytes / dtypeBytes(op.output.dtype));
  const extents = op.axes.map((axis) => axis.extent);
  let lane = extents.length - 1;
  while (lane > 0 && extents[lane] === 1) lane--;
  if (extents[lane] === undefined) return { registers: extents, tile: extents, block: [] };
  if (slides(op, lane)) {
    const shape = windowShape(op, lane, lanes, divisors);
    return { registers: shape, tile: shape, block: blockOf(op, lane, shape, tasks, cacheBytes, divisors) };
  }
  const budget = file.registers - (file.registers >= 32 ? 4 : 3);
  const even = nearShape(divisors, op, lane, lanes, budget, cacheBytes);
  const block = blockOf(op, lane, even, tasks, cacheBytes, divisors);
  let best: AxisTiles = { registers: even, tile: even, block };
  let least = Infinity;
  for (const tiles of UNEVEN_TILES) {
    const shape = unevenShape(divisors, op, lane, lanes, budget, even, tiles);
    if (shape === undefined) continue;
    const cycles = (inner: readonly number[], around: readonly number[], rate: number): number => cyclesOf(op, lane, lanes, inner, around, rate, cores, cacheBytes);
    if (least === Infinity) least = cycles(even, block, shape.evenRate);
    const around = blockOf(op, lane, shape.loops, tasks, cacheBytes, divisors);
    const found = cycles(shape.loops, around, shape.rate);
    if (found < least) {
      least = found;
      best = { registers: shape.loops, tile: shape.tile, block: around };
    }
  }
  return best;
}

/**
 * Sizes around a packed panel: steps of the reduction that a panel holds, and per spatial axis how many register tiles a panel serves (`inside`)
 * and how many panels a block has (`outside`).
 */
export interface PanelTiles { readonly depth: readonly number[]; readonly inside: readonly number[]; readonly outside: readonly number[] }

/** Do its tiles need no panels, since what they read along the lanes stays near anyway? */
export function needsNoPanels(op: ComputeOp, { tile }: AxisTiles, file: RegisterFileSize, cacheBytes: number): boolean {
  return staysNear(op, tile, op.axes.findLastIndex((axis) => axis.extent > 1), file.vectorBytes / dtypeBytes(op.output.dtype), cacheBytes);
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
