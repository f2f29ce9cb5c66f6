/** Element-wise stages (operator library: broadcast and elemwise). */
import type { ComputeOp } from '../../dag/op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, call, float, load, type BinaryOp, type Expr } from '../../ir/expr.js';
import { broadcastLoad, mapStage, numberedAxes } from './stage.js';

/** `name(ax0, ...) = a op b` with numpy's broadcasting; ranks are equal. */
export function broadcastStage(name: string, op: BinaryOp, a: Buffer, b: Buffer, shape: readonly number[]): ComputeOp {
  return mapStage({ name, axes: numberedAxes('ax', shape.length), shape, dtype: a.dtype }, (axes) =>
    binary(op, broadcastLoad(a, axes, shape), broadcastLoad(b, axes, shape)));
}

/** `name(prefix0, ...) = value(input[...])`. */
export function unaryStage(name: string, input: Buffer, value: (x: Expr) => Expr, prefix = 'ax'): ComputeOp {
  return mapStage({ name, axes: numberedAxes(prefix, input.shape.length), shape: input.shape, dtype: input.dtype }, (axes) => value(load(input, axes)));
}

/** `max(min(x, high), low)`, either bound may be absent. */
export function clipped(x: Expr, low: number | undefined, high: number | undefined): Expr {
  const below = high === undefined ? x : binary('min', x, float(high, x.dtype));
  return low === undefined ? below : binary('max', below, float(low, x.dtype));
}

export function unaryCall(callee: string): (x: Expr) => Expr {
  return (x) => call(callee, [x], x.dtype);
}
