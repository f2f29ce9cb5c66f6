/** Stages of a compute DAG from functions of their axes; shared by the operator library. */
import type { Axis, ComputeOp } from '../../dag/op.js';
import { createBuffer, type Buffer } from '../../ir/buffer.js';
import { binary, int, load, variable, type Expr, type Var } from '../../ir/expr.js';
import type { DType } from '../../ir/dtype.js';
import type { Combiner } from '../../ir/program.js';

export interface StageShape {
  /** The stage's name; iterators take theirs from `axes`. */
  readonly name: string;
  readonly axes: readonly string[];
  /** Extents of the axes. */
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export interface ReduceAxisSpec { readonly name: string; readonly extent: number }

function axesOf(names: readonly string[], extents: readonly number[], kind: Axis['kind']): Axis[] {
  return names.map((name, i) => ({ var: variable(name), min: 0, extent: extents[i] ?? 1, kind }));
}

const vars = (axes: readonly Axis[]): Var[] => axes.map((axis) => axis.var);

/** `name[axes] = value(axes)`. */
export function mapStage({ name, axes, shape, dtype }: StageShape, value: (axes: readonly Var[]) => Expr): ComputeOp {
  const spatial = axesOf(axes, shape, 'spatial');
  return { kind: 'compute', name, axes: spatial, reduceAxes: [], body: { kind: 'expr', value: value(vars(spatial)) }, output: createBuffer(name, shape, dtype), attrs: {} };
}

/** `name[axes] combiner= source(axes, reduce)`; the reduction axes in the order given. */
export function reduceStage(
  { name, axes, shape, dtype }: StageShape, combiner: Combiner, reduce: readonly ReduceAxisSpec[],
  source: (axes: readonly Var[], reduce: readonly Var[]) => Expr,
): ComputeOp {
  const spatial = axesOf(axes, shape, 'spatial');
  const reduceAxes = axesOf(reduce.map((r) => r.name), reduce.map((r) => r.extent), 'reduce');
  return {
    kind: 'compute', name, axes: spatial, reduceAxes,
    body: { kind: 'reduce', combiner, source: source(vars(spatial), vars(reduceAxes)) },
    output: createBuffer(name, shape, dtype), attrs: {},
  };
}

/** `prefix0, prefix1, ...` */
export function numberedAxes(prefix: string, rank: number): string[] {
  return Array.from({ length: rank }, (_, i) => `${prefix}${i}`);
}

/** `a * factor` without a factor of 1. */
export function scaled(a: Expr, factor: number): Expr {
  return factor === 1 ? a : binary('mul', a, int(factor));
}

/** `v * stride + r * dilation`, factors of 1 left out. */
export function windowIndex(v: Expr, stride: number, r: Expr, dilation: number): Expr {
  return binary('add', scaled(v, stride), scaled(r, dilation));
}

/** An element of `operand` for the output index `axes`, repeated where an extent is 1 against more (ranks are equal). */
export function broadcastLoad(operand: Buffer, axes: readonly Expr[], shape: readonly number[]): Expr {
  return load(operand, operand.shape.map((extent, i) => (extent === 1 && shape[i] !== 1 ? int(0) : axes[i] ?? int(0))));
}
