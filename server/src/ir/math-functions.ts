/** The functions that expressions may call (`tir.exp`, ...), with their values in double precision. */

export interface MathFunction {
  readonly arity: 1 | 2;
  readonly apply: (a: number, b: number) => number;
  /** The result is a bool. */
  readonly predicate?: boolean;
  /** Of integers only. */
  readonly integer?: boolean;
}

const unary = (apply: (a: number) => number): MathFunction => ({ arity: 1, apply });
const predicate = (test: (a: number) => boolean): MathFunction => ({ arity: 1, apply: (a) => (test(a) ? 1 : 0), predicate: true });
const integers = (arity: 1 | 2, apply: (a: number, b: number) => number): MathFunction => ({ arity, apply, integer: true });
const pair = (apply: (a: number, b: number) => number): MathFunction => ({ arity: 2, apply });

/** By name as in C99 (`rsqrt` and `sigmoid` besides); a call's callee is `tir.` and this name. */
export const MATH_FUNCTIONS: ReadonlyMap<string, MathFunction> = new Map(Object.entries({
  exp: unary(Math.exp), exp2: unary((a) => 2 ** a), exp10: unary((a) => 10 ** a), expm1: unary(Math.expm1),
  log: unary(Math.log), log2: unary(Math.log2), log10: unary(Math.log10), log1p: unary(Math.log1p),
  sqrt: unary(Math.sqrt), rsqrt: unary((a) => 1 / Math.sqrt(a)), cbrt: unary(Math.cbrt),
  sin: unary(Math.sin), cos: unary(Math.cos), tan: unary(Math.tan), asin: unary(Math.asin), acos: unary(Math.acos), atan: unary(Math.atan),
  sinh: unary(Math.sinh), cosh: unary(Math.cosh), tanh: unary(Math.tanh), asinh: unary(Math.asinh), acosh: unary(Math.acosh), atanh: unary(Math.atanh),
  sigmoid: unary((a) => 1 / (1 + Math.exp(-a))), erf: unary(erf), erfc: unary((a) => 1 - erf(a)),
  floor: unary(Math.floor), ceil: unary(Math.ceil), trunc: unary(Math.trunc), round: unary(roundHalfAway), nearbyint: unary(roundHalfEven),
  rint: unary(roundHalfEven), fabs: unary(Math.abs), abs: unary(Math.abs),
  isnan: predicate(Number.isNaN), isinf: predicate((a) => a === Infinity || a === -Infinity), isfinite: predicate(Number.isFinite),
  pow: pair(Math.pow), atan2: pair(Math.atan2), hypot: pair((a, b) => Math.hypot(a, b)), fmod: pair((a, b) => a % b),
  bitwise_and: integers(2, (a, b) => long(a, b, (x, y) => x & y)), bitwise_or: integers(2, (a, b) => long(a, b, (x, y) => x | y)),
  bitwise_xor: integers(2, (a, b) => long(a, b, (x, y) => x ^ y)), bitwise_not: integers(1, (a) => -1 - a),
  shift_left: integers(2, (a, b) => (b < 64 ? long(a, b, (x, y) => x << y) : 0)), shift_right: integers(2, (a, b) => (b < 64 ? long(a, b, (x, y) => x >> y) : 0)),
  truncdiv: integers(2, (a, b) => Math.trunc(a / b) + 0), truncmod: integers(2, (a, b) => (a % b) + 0),
  copysign: pair((a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a))),
}));

/** By way of integers of any length, so that 64 bits are exact as far as doubles hold them. */
function long(a: number, b: number, apply: (x: bigint, y: bigint) => bigint): number {
  return Number(apply(BigInt(a), BigInt(b)));
}

function roundHalfAway(a: number): number {
  return Math.sign(a) * Math.floor(Math.abs(a) + 0.5);
}

function roundHalfEven(a: number): number {
  const floor = Math.floor(a);
  const rest = a - floor;
  if (rest !== 0.5) return Math.round(a);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The error function to about 1e-15: its Taylor series for small arguments, a continued fraction of erfc for others. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(x)) return NaN;
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 100 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let k = 60; k >= 1; k--) fraction = (k / 2) / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}
