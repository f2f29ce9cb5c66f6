/** Reductions over axes (operator library: sum, max, min, mean). */
import { reduce } from '../create.js';
import type { ComputeOp } from '../op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, float, int, load, type Expr, type Var } from '../../ir/expr.js';
import type { Combiner } from '../../ir/program.js';
import { unaryStage } from './elementwise.js';
import { numberedAxes } from './index-forms.js';

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
  const over = Object.fromEntries(x.shape.flatMap((extent, i) => (reduced.has(i) ? [[`k${i}`, extent] as const] : [])));
  const stage = reduce(`${x.name}_red`, shape, numberedAxes('ax', shape.length), over, combiner, (at, r) =>
    load(x, inputIndex(x.shape.length, reduced, keepDims, at, r)));
  if (!mean) return [stage];
  const count = Object.values(over).reduce((n, extent) => n * extent, 1);
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
