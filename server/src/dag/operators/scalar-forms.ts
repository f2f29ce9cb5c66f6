/** Short forms of scalar expressions that many operators share. */
import { isFloat, type DType } from '../../ir/dtype.js';
import { binary, call, cast, float, int, select, type BinaryOp, type Expr } from '../../ir/expr.js';

/** A number of the element type. */
export function number(value: number, dtype: DType): Expr {
  return isFloat(dtype) ? float(value, dtype) : int(value, dtype);
}

const operation = (op: BinaryOp) => (a: Expr, b: Expr): Expr => binary(op, a, b);
export const plus = operation('add');
export const minus = operation('sub');
export const times = operation('mul');
export const over = operation('div');
export const larger = operation('max');
export const smaller = operation('min');
export const equal = operation('eq');
export const unequal = operation('ne');
export const less = operation('lt');
export const atMost = operation('le');
export const greater = operation('gt');
export const atLeast = operation('ge');
export const both = operation('and');
export const either = operation('or');
/** Rounds down. */
export const quotient = operation('floordiv');
/** Has the sign of the divisor. */
export const modulus = operation('floormod');

/** A function of ir/math-functions.ts. */
export function fn(name: string, ...args: readonly [Expr, ...Expr[]]): Expr {
  return call(`tir.${name}`, args, args[0].dtype);
}

/** `x op number`. */
export function by(op: (a: Expr, b: Expr) => Expr, x: Expr, value: number): Expr {
  return op(x, number(value, x.dtype));
}

/** The value within [low, high]. */
export function clamp(x: Expr, low: Expr, high: Expr): Expr {
  return smaller(larger(x, low), high);
}

/** An index from data as int32, counted from the end where it is negative, and held inside [0, extent). */
export function indexInto(value: Expr, extent: number): Expr {
  const at = value.dtype === 'int32' ? value : cast('int32', value);
  const from0 = select(less(at, int(0)), plus(at, int(extent)), at);
  return clamp(from0, int(0), int(Math.max(extent - 1, 0)));
}

/** As another type; nothing where it has it. */
export function as(dtype: DType, x: Expr): Expr {
  return x.dtype === dtype ? x : cast(dtype, x);
}
