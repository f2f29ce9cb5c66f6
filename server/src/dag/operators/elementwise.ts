/** Element-wise stages (operator library: broadcast and elemwise). */
import { compute } from '../create.js';
import type { ComputeOp } from '../op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, call, float, load, type BinaryOp, type Expr } from '../../ir/expr.js';
import { broadcastLoad, numberedAxes } from './index-forms.js';

/** `name(ax0, ...) = a op b` with numpy's broadcasting; ranks are equal. */
export function broadcastStage(name: string, op: BinaryOp, a: Buffer, b: Buffer, shape: readonly number[]): ComputeOp {
  return compute(name, shape, numberedAxes('ax', shape.length), (axes) =>
    binary(op, broadcastLoad(a, axes, shape), broadcastLoad(b, axes, shape)));
}

/** `name(prefix0, ...) = value(input[...])`. */
export function unaryStage(name: string, input: Buffer, value: (x: Expr) => Expr, prefix = 'ax'): ComputeOp {
  return compute(name, input.shape, numberedAxes(prefix, input.shape.length), (axes) => value(load(input, axes)));
}

/** `max(min(x, high), low)`, either bound may be absent. */
export function clipped(x: Expr, low: number | undefined, high: number | undefined): Expr {
  const below = high === undefined ? x : binary('min', x, float(high, x.dtype));
  return low === undefined ? below : binary('max', below, float(low, x.dtype));
}

export function unaryCall(callee: string): (x: Expr) => Expr {
  return (x) => call(callee, [x], x.dtype);
}
