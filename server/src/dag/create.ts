/**
 * Building compute DAGs: operations from functions of their axes, and stage order, which is a depth-first walk of the read graph
 * from the outputs, producers first (Ansor, section 3; order of TVM's TE schedules).
 */
import { assert, defined } from '../base/assert.js';
import { createBuffer, type Buffer } from '../ir/buffer.js';
import type { DType } from '../ir/dtype.js';
import { load, variable, type Expr, type Load, type Var } from '../ir/expr.js';
import type { Combiner } from '../ir/program.js';
import { operands } from '../ir/walk.js';
import type { ComputeDag } from './compute-dag.js';
import type { Axis, Body, ComputeOp, Op, OpAttrs, PlaceholderOp } from './op.js';

/** An input tensor. `constant`: known at compile time, its layout may be rewritten. */
export function placeholder(name: string, shape: readonly number[], dtype: DType = 'float32', options: { readonly constant?: boolean } = {}): PlaceholderOp {
  return Object.freeze({ kind: 'placeholder', name, output: createBuffer(name, shape, dtype), constant: options.constant ?? false });
}

function axisList(names: readonly string[], extents: readonly number[], kind: Axis['kind']): readonly Axis[] {
  assert(names.length === extents.length, `${names.length} axis names for ${extents.length} extents`);
  return Object.freeze(names.map((name, i) => Object.freeze({ var: variable(name), min: 0, extent: extents[i] as number, kind })));
}

const variables = (axes: readonly Axis[]): Var[] => axes.map((axis) => axis.var);

/** A compute operation whose output has the extents of `axes` as its shape (axes start at 0). */
export function computeOp(name: string, axes: readonly Axis[], reduceAxes: readonly Axis[], body: Body, dtype: DType, attrs: OpAttrs = {}): ComputeOp {
  const output = createBuffer(name, axes.map((axis) => axis.extent), dtype);
  return Object.freeze({
    kind: 'compute', name, axes: Object.freeze(axes.slice()), reduceAxes: Object.freeze(reduceAxes.slice()), body: Object.freeze(body), output, attrs,
  });
}

/** `name[axes] = body(axes)`; the element type is the body's. */
export function compute(name: string, shape: readonly number[], axisNames: readonly string[], body: (axes: readonly Var[]) => Expr, attrs: OpAttrs = {}): ComputeOp {
  const axes = axisList(axisNames, shape, 'spatial');
  const value = body(variables(axes));
  return computeOp(name, axes, [], { kind: 'expr', value }, value.dtype, attrs);
}

/**
 * `name[axes] combiner= source(axes, reduceAxes)`; `reduceExtents` maps the reduce axes' names, in their order, to extents (pairs
 * where names repeat).
 */
export function reduce(
  name: string, shape: readonly number[], axisNames: readonly string[], reduceExtents: Readonly<Record<string, number>> | readonly (readonly [string, number])[], combiner: Combiner,
  source: (axes: readonly Var[], reduceAxes: readonly Var[]) => Expr, attrs: OpAttrs = {},
): ComputeOp {
  const axes = axisList(axisNames, shape, 'spatial');
  const pairs: readonly (readonly [string, number])[] = isPairs(reduceExtents) ? reduceExtents : Object.entries(reduceExtents);
  const reduceAxes = axisList(pairs.map(([axis]) => axis), pairs.map(([, extent]) => extent), 'reduce');
  const value = source(variables(axes), variables(reduceAxes));
  return computeOp(name, axes, reduceAxes, { kind: 'reduce', combiner, source: value }, value.dtype, attrs);
}

function isPairs(extents: Readonly<Record<string, number>> | readonly (readonly [string, number])[]): extents is readonly (readonly [string, number])[] {
  return Array.isArray(extents);
}

/** An element of an operation's tensor. */
export function at(op: Op, ...indices: readonly Expr[]): Load {
  assert(indices.length === op.output.shape.length, `${op.name} has ${op.output.shape.length} dimensions, not ${indices.length}`);
  return load(op.output, indices);
}

/** The expression of an operation's body: the value, or what is reduced. */
export function bodyExpr(op: ComputeOp): Expr {
  return op.body.kind === 'expr' ? op.body.value : op.body.source;
}

/** The buffers that an expression reads, each once, in the order in which a walk that visits operands first meets them. */
export function readBuffers(e: Expr): readonly Buffer[] {
  const found = new Set<Buffer>();
  const walk = (x: Expr): void => {
    for (const child of operands(x)) walk(child);
    if (x.kind === 'load') found.add(x.buffer);
  };
  walk(e);
  return [...found];
}

/**
 * The DAG of `outputs` (default: what no operation reads, in the order of `ops`) in stage order. `ops` must hold the operation
 * of every buffer that is read and may hold others, which are left out. Throws when one is missing or the reads form a cycle.
 */
export function createDag(ops: readonly Op[], outputs?: readonly Buffer[]): ComputeDag {
  const producer = new Map(ops.map((op) => [op.output, op]));
  assert(producer.size === ops.length, 'every operation writes a buffer of its own');
  const ordered: Op[] = [];
  const state = new Map<Op, 'open' | 'done'>();
  const visit = (op: Op): void => {
    assert(state.get(op) !== 'open', `${op.name} depends on itself`);
    if (state.has(op)) return;
    state.set(op, 'open');
    if (op.kind === 'compute') {
      for (const buffer of readBuffers(bodyExpr(op))) visit(defined(producer.get(buffer), `the operation that writes ${buffer.name}`));
    }
    state.set(op, 'done');
    ordered.push(op);
  };
  const wanted = outputs ?? unreadBuffers(ops);
  assert(wanted.length > 0, 'a compute DAG has at least one output');
  for (const buffer of wanted) visit(defined(producer.get(buffer), `the operation that writes ${buffer.name}`));
  return Object.freeze({ ops: Object.freeze(ordered), outputs: Object.freeze(wanted.slice()) });
}

function unreadBuffers(ops: readonly Op[]): Buffer[] {
  const read = new Set(ops.flatMap((op) => (op.kind === 'compute' ? readBuffers(bodyExpr(op)) : [])));
  return ops.map((op) => op.output).filter((buffer) => !read.has(buffer));
}

/** The DAG's inputs and then its outputs: the order of tensors in workload keys and of a kernel's parameters. */
export function dagTensors(dag: ComputeDag): { readonly inputs: readonly Buffer[]; readonly outputs: readonly Buffer[] } {
  return { inputs: dag.ops.filter((op) => op.kind === 'placeholder').map((op) => op.output), outputs: dag.outputs };
}
