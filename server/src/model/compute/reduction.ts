/** Reductions over axes (operator library: sum, max, min, mean). */
import type { ComputeOp } from '../../dag/op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, float, int, load, type Expr, type Var } from '../../ir/expr.js';
import type { Combiner } from '../../ir/program.js';
import { unaryStage } from './elementwise.js';
import { numberedAxes, reduceStage } from './stage.js';

export interface Reduction {
  readonly combiner: Combiner;
  /** Divide the sum by the number of elements. */
  readonly mean: boolean;
  /** Of the input. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** Reduction axes are named by their position (`k2`), the others `ax0, ...`. */
export function reduction(x: Buffer, { combiner, mean, axes, keepDims }: Reduction): ComputeOp[] {
  const reduced = new Set(axes);
  const shape = x.shape.flatMap((extent, i) => (!reduced.has(i) ? [extent] : keepDims ? [1] : []));
  const over = x.shape.flatMap((extent, i) => (reduced.has(i) ? [{ name: `k${i}`, extent }] : []));
  const stage = reduceStage({ name: `${x.name}_red`, axes: numberedAxes('ax', shape.length), shape, dtype: x.dtype }, combiner, over, (at, r) =>
    load(x, inputIndex(x.shape.length, reduced, keepDims, at, r)));
  if (!mean) return [stage];
  const count = over.reduce((n, axis) => n * axis.extent, 1);
  return [stage, unaryStage('T_divide', stage.output, (sum) => binary('div', sum, float(count, x.dtype)))];
}

function inputIndex(rank: number, reduced: ReadonlySet<number>, keepDims: boolean, at: readonly Var[], r: readonly Var[]): Expr[] {
  let nextKept = 0;
  let nextReduced = 0;
  return Array.from({ length: rank }, (_, i): Expr => {
    if (!reduced.has(i)) return at[nextKept++] ?? int(0);
    if (keepDims) nextKept++;
    return r[nextReduced++] ?? int(0);
  });
}
