/** Data with more rows and columns than it has, for tiles that reach beyond it. */
import { choose, conjuncts, ifThenElseOf } from '../../ir/choice.js';
import { elementCount, type Buffer } from '../../ir/buffer.js';
import { binary, float, int, load, variable, type Expr } from '../../ir/expr.js';
import { rewriteExpr } from '../../ir/walk.js';
import type { ComputeDag } from '../compute-dag.js';
import { bodyExpr, compute, computeOp, placeholder } from '../create.js';
import type { ComputeOp, Op } from '../op.js';

/** The data with at least `extents` elements, by dimension; what is beyond the data is zero. Its own padding made wider, or a new stage. */
export function paddedData(dag: ComputeDag, data: Buffer, extents: ReadonlyMap<number, number>): Op {
  const shape = data.shape.map((extent, i) => Math.max(extent, extents.get(i) ?? 1));
  const producer = dag.ops.find((op) => op.output === data);
  if (producer === undefined || elementCount(shape) === elementCount(data.shape)) return producer ?? placeholder(data.name, data.shape);
  if (producer.kind === 'placeholder' || bodyKind(producer) === 'reduce' || !isPadding(producer)) {
    return compute('winograd_pad', shape, shape.map((_, i) => `i${i}`), (at) => guarded(data, at, shape, load(data, at)));
  }
  const axes = producer.axes.map((axis, i) => ({ ...axis, var: variable(axis.var.name), extent: shape[i] ?? axis.extent }));
  const now = new Map<Expr, Expr>(producer.axes.map((axis, i) => [axis.var, axes[i]?.var ?? axis.var]));
  const value = rewriteExpr(bodyExpr(producer), (e) => now.get(e) ?? e);
  const open = axes.map((axis, i) => (axis.extent > (data.shape[i] ?? 1) && !isBounded(value, axis.var, data.shape[i] ?? 1) ? axis.var : undefined));
  return computeOp(producer.name, axes, [], { kind: 'expr', value: guarded(data, open, shape, value) }, producer.output.dtype);
}

function bodyKind(op: ComputeOp): 'expr' | 'reduce' {
  return op.body.kind;
}

/** A choice between an element and a number, or a copy. */
function isPadding(op: ComputeOp): boolean {
  const value = bodyExpr(op);
  const chosen = ifThenElseOf(value);
  return op.axes.every((axis) => axis.min === 0) && (value.kind === 'load' || (chosen?.then.kind === 'load' && chosen.otherwise.kind === 'float' && chosen.otherwise.value === 0));
}

/** Is the value zero where `axis` reaches `extent`? */
function isBounded(value: Expr, axis: Expr, extent: number): boolean {
  const chosen = ifThenElseOf(value);
  return chosen !== undefined && conjuncts(chosen.cond).some((c) => c.kind === 'binary' && c.op === 'lt' && c.a === axis && c.b.kind === 'int' && c.b.value <= extent);
}

/** `value` where all of `at` are inside `data`, zero elsewhere; axes that are undefined, or no longer than the data, need no test. */
function guarded(data: Buffer, at: readonly (Expr | undefined)[], shape: readonly number[], value: Expr): Expr {
  const tests = at.flatMap((axis, i) => (axis !== undefined && (shape[i] ?? 1) > (data.shape[i] ?? 1) ? [binary('lt', axis, int(data.shape[i] ?? 1))] : []));
  return choose(tests, value, float(0));
}
