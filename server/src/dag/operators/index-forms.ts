/** Names of axes and forms of indices that the stages of the operator library share. */
import type { Buffer } from '../../ir/buffer.js';
import { binary, int, load, type Expr } from '../../ir/expr.js';

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

/** `a` divided by `divisor`, rounded down; `a` itself for 1. */
export function divided(a: Expr, divisor: number): Expr {
  return divisor === 1 ? a : binary('floordiv', a, int(divisor));
}

/** What is left of `a` after the division; 0 for 1. */
export function remainder(a: Expr, divisor: number): Expr {
  return divisor === 1 ? int(0) : binary('floormod', a, int(divisor));
}
