/**
 * Mathematical functions on vectors of float32, described once for all targets: straight-line code over lanes, without tables, branches or calls.
 * Range reductions and polynomials are those of the Cephes library (Moshier 1992, single precision), those of erf were fitted for it; results are
 * within 4 units in the last place of the true value (test/target/vector-math.test.ts), NaN stays NaN.
 */

/** Bits are float or integer as the operation reads them. Operands are positions in the list; position 0 is the argument. */
export type VectorOp =
  | { readonly op: 'argument' }
  | { readonly op: 'float' | 'int'; readonly value: number }
  | { readonly op: 'add' | 'sub' | 'mul' | 'div' | 'lt' | 'gt' | 'ne' | 'iadd' | 'isub' | 'and' | 'or'; readonly a: number; readonly b: number }
  /** Shifts of all lanes: left, arithmetic right. */
  | { readonly op: 'shl' | 'shr'; readonly a: number; readonly by: number }
  | { readonly op: 'toFloat'; readonly a: number }
  /** Where the mask's lanes are all ones `a`, elsewhere `b`. */
  | { readonly op: 'select'; readonly mask: number; readonly a: number; readonly b: number };

/** The last operation is the result. */
export type VectorFunction = readonly VectorOp[];

/** Writes down operations; values are positions. */
class Code {
  readonly ops: VectorOp[] = [{ op: 'argument' }];

  private add1(op: VectorOp): number {
    return this.ops.push(op) - 1;
  }

  float(value: number): number { return this.add1({ op: 'float', value: Math.fround(value) }); }
  int(value: number): number { return this.add1({ op: 'int', value: value | 0 }); }
  add(a: number, b: number): number { return this.add1({ op: 'add', a, b }); }
  sub(a: number, b: number): number { return this.add1({ op: 'sub', a, b }); }
  mul(a: number, b: number): number { return this.add1({ op: 'mul', a, b }); }
  div(a: number, b: number): number { return this.add1({ op: 'div', a, b }); }
  lt(a: number, b: number): number { return this.add1({ op: 'lt', a, b }); }
  gt(a: number, b: number): number { return this.add1({ op: 'gt', a, b }); }
  ne(a: number, b: number): number { return this.add1({ op: 'ne', a, b }); }
  iadd(a: number, b: number): number { return this.add1({ op: 'iadd', a, b }); }
  isub(a: number, b: number): number { return this.add1({ op: 'isub', a, b }); }
  and(a: number, b: number): number { return this.add1({ op: 'and', a, b }); }
  or(a: number, b: number): number { return this.add1({ op: 'or', a, b }); }
  shl(a: number, by: number): number { return this.add1({ op: 'shl', a, by }); }
  shr(a: number, by: number): number { return this.add1({ op: 'shr', a, by }); }
  toFloat(a: number): number { return this.add1({ op: 'toFloat', a }); }
  select(mask: number, a: number, b: number): number { return this.add1({ op: 'select', mask, a, b }); }

  abs(x: number): number { return this.and(x, this.int(0x7fffffff)); }
  /** `size` (not negative) with the sign of `x`. */
  signed(size: number, x: number): number { return this.or(size, this.and(x, this.int(-0x80000000))); }

  /** Coefficients from the highest power down. */
  polynomial(x: number, coefficients: readonly number[]): number {
    const [first = 0, ...rest] = coefficients;
    return rest.reduce((sum, c) => this.add(this.mul(sum, x), this.float(c)), this.float(first));
  }
}

const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440e-4;
/** Added to a float below 2^22 in size it leaves the nearest integer in the low bits. */
const ROUNDER = 12582912;
const ROUNDER_BITS = 0x4b400000;

/** exp(x) = y * 2^n with y near 1, for x so small in size that n fits; NaN gives a y of NaN. */
function expParts(c: Code, x: number): { readonly y: number; readonly n: number } {
  const shifted = c.add(c.mul(x, c.float(Math.LOG2E)), c.float(ROUNDER));
  const n = c.isub(shifted, c.int(ROUNDER_BITS));
  const whole = c.sub(shifted, c.float(ROUNDER));
  const rest = c.sub(c.sub(x, c.mul(whole, c.float(LN2_HIGH))), c.mul(whole, c.float(LN2_LOW)));
  const p = c.polynomial(rest, [1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1]);
  return { y: c.add(c.add(c.mul(c.mul(p, rest), rest), rest), c.float(1)), n };
}

function exp(c: Code, x: number): number {
  const low = c.float(-104);
  const high = c.float(89);
  const above = c.select(c.lt(x, low), low, x);
  const { y, n } = expParts(c, c.select(c.gt(above, high), high, above));
  // Two factors, since 2^n itself may be too large or too small for a float.
  const half = c.shr(n, 1);
  const power = (k: number): number => c.shl(c.iadd(k, c.int(127)), 23);
  return c.mul(c.mul(y, power(half)), power(c.isub(n, half)));
}

function sigmoid(c: Code, x: number): number {
  const one = c.float(1);
  const e = exp(c, c.or(x, c.int(-0x80000000)));
  return c.div(c.select(c.lt(x, c.float(0)), e, one), c.add(one, e));
}

function tanh(c: Code, x: number): number {
  const size = c.abs(x);
  const one = c.float(1);
  const two = c.float(2);
  const far = c.signed(c.sub(one, c.div(two, c.add(exp(c, c.mul(size, two)), one))), x);
  const z = c.mul(x, x);
  const near = c.add(c.mul(c.mul(c.polynomial(z, [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1]), z), x), x);
  return c.select(c.lt(size, c.float(0.625)), near, far);
}

/** Near 0 an odd polynomial, further out 1 - exp(q(|x|)), where q approximates log(1 - erf): both by least maximum of the error in erf. */
function erf(c: Code, x: number): number {
  const size = c.abs(x);
  const near = c.mul(x, c.polynomial(c.mul(x, x), [-6.090368081e-4, 5.011964200e-3, -2.677890975e-2, 1.128214084e-1, -3.761252328e-1, 1.128379154]));
  const end = c.float(4);
  const bounded = c.select(c.lt(size, end), size, end);
  const q = c.polynomial(bounded, [1.982193882e-4, -3.065487793e-3, 2.231520335e-2, -1.041136588e-1, -6.369761060e-1, -1.127797229, -1.664510138e-4]);
  // q is between -18 and -1: adding n to the exponent is all that 2^n needs.
  const { y, n } = expParts(c, q);
  const far = c.signed(c.sub(c.float(1), c.iadd(y, c.shl(n, 23))), x);
  return c.select(c.gt(size, c.float(0.9)), far, near);
}

function log(c: Code, x: number): number {
  const tiny = c.lt(x, c.float(2 ** -126));
  const normal = c.select(tiny, c.mul(x, c.float(2 ** 23)), x);
  const exponent = c.isub(c.isub(c.shr(normal, 23), c.int(126)), c.and(tiny, c.int(23)));
  const fraction = c.or(c.and(normal, c.int(0x007fffff)), c.int(0x3f000000));
  const small = c.lt(fraction, c.float(Math.SQRT1_2));
  const e = c.toFloat(c.iadd(exponent, c.and(small, c.int(-1))));
  const one = c.float(1);
  const m = c.sub(c.select(small, c.add(fraction, fraction), fraction), one);
  const z = c.mul(m, m);
  const p = c.polynomial(m, [
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1,
    3.3333331174e-1]);
  const tail = c.sub(c.add(c.mul(c.mul(p, m), z), c.mul(e, c.float(LN2_LOW))), c.mul(z, c.float(0.5)));
  const finite = c.add(c.add(m, tail), c.mul(e, c.float(LN2_HIGH)));
  const zero = c.float(0);
  const atZero = c.select(c.gt(x, zero), finite, c.select(c.lt(x, zero), c.float(NaN), c.float(-Infinity)));
  return c.select(c.ne(x, x), x, c.select(c.gt(x, c.float(3.4028234663852886e38)), x, atZero));
}

function written(make: (c: Code, x: number) => number): VectorFunction {
  const code = new Code();
  const result = make(code, 0);
  if (result !== code.ops.length - 1) throw new Error('assertion failed: the last operation is the result');
  return code.ops;
}

/** By name, as in calls (`tir.exp` without the prefix). */
export const VECTOR_FUNCTIONS: ReadonlyMap<string, VectorFunction> = new Map([
  ['exp', written(exp)], ['sigmoid', written(sigmoid)], ['tanh', written(tanh)], ['erf', written(erf)], ['log', written(log)],
]);
