/**
 * Tiles of reductions whose operands all lie along the lanes (depthwise convolutions): nothing is used for several vectors, only windows overlap. The
 * innermost loops keep one vector of channels and a row of outputs; the code generator cuts the row so that overlapping windows share registers
 * (target/kernel/tile.ts), with tiles of their own at the ends of the row, where the window leaves the data.
 */
import type { ComputeOp } from '../dag/op.js';
import { dtypeBytes } from '../ir/dtype.js';
import { movedBy } from './moved-by.js';

type Divisors = (n: number) => readonly number[];

/** Bytes of a row of sums between reduction and what is computed from them: they stay in the first-level cache. */
const ROW_BYTES = 16 * 1024;

/** Do all operands move along the lane axis, and does some of them move with all axes? */
export function slides(op: ComputeOp, lane: number): boolean {
  const loads = movedBy(op);
  return loads.length > 0 && loads.every((used) => used[lane]) && loads.some((used) => op.axes.every((axis, i) => axis.extent === 1 || used[i])) && loads.some((used) => op.axes.some((axis, i) => axis.extent > 1 && !used[i]));
}

/** Sizes of the innermost loops: a vector, and as much of the axis beside it as `ROW_BYTES` allow. */
export function windowShape(op: ComputeOp, lane: number, lanes: number, divisors: Divisors): readonly number[] {
  const extents = op.axes.map((axis) => axis.extent);
  const width = (extents[lane] ?? 1) % lanes === 0 ? lanes : divisors(extents[lane] ?? 1).filter((d) => d <= 8 * lanes).at(-1) ?? 1;
  const row = extents.findLastIndex((extent, axis) => axis < lane && extent > 1);
  const most = ROW_BYTES / (width * dtypeBytes(op.output.dtype));
  return extents.map((extent, axis) => (axis === lane ? width : axis === row ? divisors(extent).filter((d) => d <= most).at(-1) ?? 1 : 1));
}
