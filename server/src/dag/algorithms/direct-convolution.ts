/**
 * Finds the convolution of a DAG whose windows winograd's algorithm can tile, whatever else its axes are: batches, groups of channels, rows and columns of
 * capsules, further windows (depth). Only what is asked of each index is said here, no layout.
 */
import type { Expr, Load } from '../../ir/expr.js';
import { mentions } from '../../ir/walk.js';
import type { ComputeDag } from '../compute-dag.js';
import type { Axis, ComputeOp } from '../op.js';

/** A window that slides by one: data is read at `axis + tap * dilation`, weights at `tap`. */
export interface TiledWindow {
  readonly axis: Axis;
  readonly tap: Axis;
  readonly dilation: number;
  /** Dimension of the data, and of the weights. */
  readonly dimension: number;
  readonly kernel: number;
}

/** An axis that picks a part of the data and nothing else: a batch, the rows of capsules. */
export interface PlaceAxis { readonly axis: Axis; readonly dimension: number }

export interface DirectConvolution {
  readonly op: ComputeOp;
  readonly data: Load;
  readonly weights: Load;
  /** One or two, with equally many taps; the last of the operator's. */
  readonly windows: readonly TiledWindow[];
  readonly places: readonly PlaceAxis[];
}

const MOST_WINDOWS = 2;

/** The only convolution of `dag`; undefined if there is none, or another reduction beside it. `taps`: lengths of kernels that can be tiled. */
export function directConvolution(dag: ComputeDag, taps: readonly number[]): DirectConvolution | undefined {
  const reductions = dag.ops.filter((op): op is ComputeOp => op.kind === 'compute' && op.body.kind === 'reduce');
  const [op, more] = reductions;
  if (op === undefined || more !== undefined || op.body.kind !== 'reduce' || op.body.combiner !== 'add' || op.output.dtype !== 'float32') return undefined;
  const { source } = op.body;
  if (source.kind !== 'binary' || source.op !== 'mul' || source.a.kind !== 'load' || source.b.kind !== 'load') return undefined;
  const [data, weights] = isWeights(dag, source.a) ? [source.b, source.a] : [source.a, source.b];
  if (!isWeights(dag, weights) || isWeights(dag, data) || data.buffer.dtype !== 'float32' || weights.buffer.dtype !== 'float32') return undefined;
  if ([...op.axes, ...op.reduceAxes].some((axis) => axis.min !== 0)) return undefined;
  const all = op.axes.flatMap((axis) => windowOf(op, axis, data, weights, taps) ?? []);
  const last = all.at(-1);
  const windows = all.slice(-MOST_WINDOWS).filter(({ tap }) => tap.extent === last?.tap.extent);
  const tiled = new Set(windows.map(({ tap }) => tap));
  // Without a sum over channels each product needs transforms of its own; the innermost dimension of the data is no window.
  const sums = op.reduceAxes.some((axis) => axis.extent > 1 && !tiled.has(axis));
  if (last === undefined || !sums || last.dimension === data.indices.length - 1) return undefined;
  return { op, data, weights, windows, places: op.axes.flatMap((axis) => placeOf(axis, data, weights) ?? []) };
}

function isWeights(dag: ComputeDag, { buffer }: Load): boolean {
  return dag.ops.some((op) => op.kind === 'placeholder' && op.constant && op.output === buffer);
}

function windowOf(op: ComputeOp, axis: Axis, data: Load, weights: Load, taps: readonly number[]): TiledWindow | undefined {
  const [dimension, ...others] = reading(data, axis.var);
  const index = data.indices[dimension ?? -1];
  if (dimension === undefined || others.length > 0 || reading(weights, axis.var).length > 0 || index?.kind !== 'binary' || index.op !== 'add') return undefined;
  const [first, second] = mentions(index.a, axis.var) ? [multiple(index.a), multiple(index.b)] : [multiple(index.b), multiple(index.a)];
  const tap = op.reduceAxes.find((candidate) => candidate.var === second.of);
  const dilation = second.factor;
  if (first.of !== axis.var || first.factor !== 1 || tap === undefined || !taps.includes(tap.extent) || dilation < 1 || reading(data, tap.var).length !== 1) return undefined;
  const [kernel, ...more] = reading(weights, tap.var);
  return kernel !== undefined && more.length === 0 && weights.indices[kernel] === tap.var && weights.buffer.shape[kernel] === tap.extent ? { axis, tap, dilation, dimension, kernel } : undefined;
}

/** `of * factor`. */
function multiple(e: Expr): { readonly of: Expr; readonly factor: number } {
  return e.kind === 'binary' && e.op === 'mul' && e.b.kind === 'int' ? { of: e.a, factor: e.b.value } : { of: e, factor: 1 };
}

function placeOf(axis: Axis, data: Load, weights: Load): PlaceAxis | undefined {
  const [dimension, ...more] = reading(data, axis.var);
  if (dimension === undefined || more.length > 0 || dimension === data.indices.length - 1 || reading(weights, axis.var).length > 0) return undefined;
  return data.indices[dimension] === axis.var && data.buffer.shape[dimension] === axis.extent ? { axis, dimension } : undefined;
}

/** The dimensions of `load` whose index mentions `v`. */
function reading(load: Load, v: Expr): number[] {
  return load.indices.flatMap((index, i) => (mentions(index, v) ? [i] : []));
}
