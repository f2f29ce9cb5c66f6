/** Quantization, and products and convolutions of quantized tensors, in ONNX's own layout. */
import { compute, reduce } from '../create.js';
import type { ComputeOp } from '../op.js';
import type { Buffer } from '../../ir/buffer.js';
import type { DType } from '../../ir/dtype.js';
import { cast, ifThenElse, int, load, type Expr } from '../../ir/expr.js';
import { limits } from '../../ir/scalar.js';
import { numberedAxes, windowIndex } from './index-forms.js';
import { as, atLeast, both, by, clamp, fn, less, minus, number, plus, quotient, times } from './scalar-forms.js';

/** round(x) + zero, held inside the type's range. `x` is a float. */
export function saturated(x: Expr, zero: Expr | undefined, dtype: DType): Expr {
  const [low, high] = limits(dtype);
  const moved = zero === undefined ? fn('nearbyint', x) : plus(fn('nearbyint', x), cast(x.dtype, zero));
  return cast(dtype, clamp(moved, number(low, x.dtype), number(high, x.dtype)));
}

/** The element as int32 less its zero point. */
export function centred(x: Expr, zero: Expr | undefined): Expr {
  return zero === undefined ? as('int32', x) : minus(as('int32', x), as('int32', zero));
}

/** Elements of a product's operands at [batch..., row, column] of what numpy's rules make of their shapes. */
export interface ProductOperand { readonly shape: readonly number[]; readonly element: (index: readonly Expr[]) => Expr }

/** [batch..., M, K] x [batch..., K, N]; batches repeat. */
export function productStage(name: string, a: ProductOperand, b: ProductOperand, batch: readonly number[]): ComputeOp {
  const m = a.shape[a.shape.length - 2] ?? 1;
  const k = a.shape[a.shape.length - 1] ?? 1;
  const n = b.shape[b.shape.length - 1] ?? 1;
  const rank = batch.length;
  const place = (operand: ProductOperand, at: readonly Expr[]): Expr[] => {
    const lift = rank - (operand.shape.length - 2);
    return operand.shape.slice(0, -2).map((extent, i) => (extent === 1 ? int(0) : at[i + lift] ?? int(0)));
  };
  return reduce(name, [...batch, m, n], numberedAxes('i', rank + 2), { k }, 'add', (at, [r = int(0)]) =>
    times(a.element([...place(a, at), at[rank] ?? int(0), r]), b.element([...place(b, at), r, at[rank + 1] ?? int(0)])));
}

export interface PlainWindow {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Of the spatial dimensions. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** data [N, C, spatial...], weights [F, C / groups, kernel...]; padding is 0 after `element`. */
export function plainConvolution(data: Buffer, weights: Buffer, window: PlainWindow, groups: number, spatial: readonly number[], element: (e: Expr) => Expr, weight: (e: Expr, filter: Expr) => Expr): ComputeOp[] {
  const dims = window.kernel.length;
  const padded = data.shape.map((extent, i) => (i < 2 ? extent : extent + (window.before[i - 2] ?? 0) + (window.after[i - 2] ?? 0)));
  const pad = compute('pad_temp', padded, numberedAxes('i', padded.length), (at) => {
    const source = at.map((axis, i) => (i < 2 || window.before[i - 2] === 0 ? axis : by(minus, axis, window.before[i - 2] ?? 0)));
    const inside = source.flatMap((e, i) => (i < 2 || padded[i] === data.shape[i] ? [] : [by(atLeast, e, 0), by(less, e, data.shape[i] ?? 1)]));
    const value = element(load(data, source));
    return inside.length === 0 ? value : ifThenElse(inside.reduce(both), value, number(0, value.dtype));
  });
  const [filters = 1, channels = 1] = weights.shape;
  const over = [['rc', channels] as const, ...window.kernel.map((k, i) => [`r${i}`, k] as const)];
  const conv = reduce('conv', [data.shape[0] ?? 1, filters, ...spatial], numberedAxes('ax', dims + 2), over, 'add', (at, r) => {
    const [n = int(0), f = int(0)] = at;
    const [rc = int(0), ...taps] = r;
    const channel = groups === 1 ? rc : plus(by(times, by(quotient, f, filters / groups), channels), rc);
    const place = taps.map((tap, i) => windowIndex(at[i + 2] ?? int(0), window.strides[i] ?? 1, tap, window.dilations[i] ?? 1));
    return times(load(pad.output, [n, channel, ...place]), weight(load(weights, [f, rc, ...taps]), f));
  });
  return [pad, conv];
}
