/** Finds a direct convolution in a DAG that winograd's algorithm can compute: channels last, kernel 3 and stride 1 in the last two spatial dimensions. */
import type { Buffer } from '../../ir/buffer.js';
import type { Expr, Load } from '../../ir/expr.js';
import { visitExpr } from '../../ir/walk.js';
import type { ComputeDag } from '../compute-dag.js';
import type { ComputeOp } from '../op.js';

export const KERNEL = 3;

/** Data [N, D..., H + 2, W + 2, C], weights [KD..., 3, 3, C, F], output [N, D..., H, W, F], with no or one dimension before the tiled two. */
export interface DirectConvolution {
  readonly op: ComputeOp;
  readonly data: Load;
  readonly weights: Load;
  /** A constant placeholder. */
  readonly constant: Buffer;
}

/** The only convolution of `dag`; undefined if there is none, or another reduction beside it. */
export function directConvolution(dag: ComputeDag): DirectConvolution | undefined {
  const reductions = dag.ops.filter((op): op is ComputeOp => op.kind === 'compute' && op.body.kind === 'reduce');
  const [op, more] = reductions;
  if (op === undefined || more !== undefined || op.body.kind !== 'reduce' || op.body.combiner !== 'add' || op.output.dtype !== 'float32') return undefined;
  const { source } = op.body;
  if (source.kind !== 'binary' || source.op !== 'mul' || source.a.kind !== 'load' || source.b.kind !== 'load') return undefined;
  const [data, weights] = isWeights(dag, source.a) ? [source.b, source.a] : [source.a, source.b];
  const rank = op.axes.length;
  if (!isWeights(dag, weights) || isWeights(dag, data) || rank < 4 || rank > 5 || op.reduceAxes.length !== rank - 1 || data.indices.length !== rank || weights.indices.length !== rank) return undefined;
  if (data.buffer.dtype !== 'float32' || op.axes.some((axis) => axis.min !== 0) || op.reduceAxes.some((axis) => axis.min !== 0)) return undefined;
  const spatial = op.axes.map((axis) => axis.var);
  const reduced = op.reduceAxes.map((axis) => axis.var);
  const taps = reduced.slice(-3, -1);
  const tiled = spatial.slice(-3, -1);
  const fits = op.reduceAxes.slice(-3, -1).every((axis) => axis.extent === KERNEL)
    && weights.indices.every((index, i) => index === (i === rank - 1 ? spatial[i] : reduced[i]))
    && data.indices[0] === spatial[0] && data.indices[rank - 1] === reduced[rank - 2]
    && tiled.every((axis, i) => isSum(data.indices[rank - 3 + i], axis, taps[i]))
    // What else is read does not move with the tiles.
    && data.indices.slice(1, rank - 3).every((index) => !mentions(index, [...tiled, ...taps]));
  return fits ? { op, data, weights, constant: weights.buffer } : undefined;
}

function isWeights(dag: ComputeDag, { buffer }: Load): boolean {
  return dag.ops.some((op) => op.kind === 'placeholder' && op.constant && op.output === buffer);
}

function isSum(index: Expr | undefined, a: Expr | undefined, b: Expr | undefined): boolean {
  return index?.kind === 'binary' && index.op === 'add' && ((index.a === a && index.b === b) || (index.a === b && index.b === a));
}

function mentions(e: Expr, vars: readonly Expr[]): boolean {
  let found = false;
  visitExpr(e, (x) => { found ||= vars.includes(x); });
  return found;
}
