/** Whether two compute DAGs are equal but for the identity of their variables and buffers. */
import type { ComputeDag } from './compute-dag.js';
import type { Axis, ComputeOp, Op } from './op.js';
import type { Buffer } from '../ir/buffer.js';
import type { Expr } from '../ir/expr.js';
import { operands, visitExpr } from '../ir/walk.js';

/** What has to be equal besides the computation. */
interface Strictness {
  /** Names of stages, buffers and axes: they are in the key. */
  readonly names: boolean;
  /** Which inputs are known at compile time. */
  readonly constants: boolean;
  /** Hints for the sketch rules. */
  readonly attributes: boolean;
}

export function sameDag(a: ComputeDag, b: ComputeDag): boolean {
  return equal(a, b, { names: true, constants: true, attributes: true });
}

/**
 * The same stages in the same order compute the same, whatever they are called: a schedule of one means the same for the other.
 * `constants`: the same inputs must be known at compile time, too.
 */
export function sameComputation(a: ComputeDag, b: ComputeDag, { constants }: Pick<Strictness, 'constants'>): boolean {
  return equal(a, b, { names: false, constants, attributes: false });
}

function equal(a: ComputeDag, b: ComputeDag, strict: Strictness): boolean {
  if (a.ops.length !== b.ops.length || a.outputs.length !== b.outputs.length) return false;
  const pairs = new Map<unknown, unknown>();
  return a.ops.every((op, i) => sameOp(op, b.ops[i], pairs, strict)) && a.outputs.every((buffer, i) => pairs.get(buffer) === b.outputs[i]);
}

/** A cheap text that equal DAGs share. */
export function dagOutline(dag: ComputeDag): string {
  return dag.ops.map((op) => `${op.name}[${op.output.shape.join()}]${op.kind === 'compute' ? literals(op) : ''}`).join(' ');
}

/** The numbers in an operation's expression, mixed into one: slices at different places share everything else. */
function literals(op: ComputeOp): number {
  let mixed = 0;
  visitExpr(op.body.kind === 'expr' ? op.body.value : op.body.source, (e) => {
    if (e.kind === 'int' || e.kind === 'float') mixed = (Math.imul(mixed, 31) + Math.trunc(e.value * 64)) | 0;
  });
  return mixed;
}

function sameOp(a: Op, b: Op | undefined, pairs: Map<unknown, unknown>, strict: Strictness): boolean {
  if (b === undefined || (strict.names && a.name !== b.name) || !sameBuffer(a.output, b.output, strict)) return false;
  pairs.set(a.output, b.output);
  if (a.kind === 'placeholder') return b.kind === 'placeholder' && (!strict.constants || a.constant === b.constant);
  return b.kind === 'compute' && sameAxes(a.axes, b.axes, pairs, strict) && sameAxes(a.reduceAxes, b.reduceAxes, pairs, strict) && sameBody(a, b, pairs)
    && (!strict.attributes || JSON.stringify(a.attrs) === JSON.stringify(b.attrs));
}

function sameBuffer(a: Buffer, b: Buffer, { names }: Strictness): boolean {
  return (!names || a.name === b.name) && a.dtype === b.dtype && a.shape.join() === b.shape.join();
}

function sameAxes(a: readonly Axis[], b: readonly Axis[], pairs: Map<unknown, unknown>, { names }: Strictness): boolean {
  return a.length === b.length && a.every((axis, i) => {
    const other = b[i];
    pairs.set(axis.var, other?.var);
    return (!names || axis.var.name === other?.var.name) && axis.min === other?.min && axis.extent === other.extent;
  });
}

function sameBody(a: ComputeOp, b: ComputeOp, pairs: ReadonlyMap<unknown, unknown>): boolean {
  if (a.body.kind === 'expr') return b.body.kind === 'expr' && sameExpr(a.body.value, b.body.value, pairs);
  return b.body.kind === 'reduce' && a.body.combiner === b.body.combiner && sameExpr(a.body.source, b.body.source, pairs);
}

function sameExpr(a: Expr, b: Expr, pairs: ReadonlyMap<unknown, unknown>): boolean {
  if (a.kind !== b.kind || a.dtype !== b.dtype || !sameNode(a, b, pairs)) return false;
  const others = operands(b);
  return operands(a).length === others.length && operands(a).every((x, i) => {
    const y = others[i];
    return y !== undefined && sameExpr(x, y, pairs);
  });
}

function sameNode(a: Expr, b: Expr, pairs: ReadonlyMap<unknown, unknown>): boolean {
  switch (a.kind) {
    case 'var': return pairs.get(a) === b;
    case 'int': case 'float': return b.kind === a.kind && Object.is(a.value, b.value);
    case 'binary': return b.kind === 'binary' && a.op === b.op;
    case 'call': return b.kind === 'call' && a.callee === b.callee;
    case 'load': return b.kind === 'load' && pairs.get(a.buffer) === b.buffer;
    case 'not': case 'cast': case 'select': return true;
  }
}
