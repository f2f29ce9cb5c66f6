/**
 * Mathematical functions on vectors of float32, described once for all targets: straight-line code over lanes, without tables, branches or calls.
 * Range reductions and polynomials are those of the Cephes library (Moshier 1992, single precision); results are within 4 units in the last place
 * of the true value (test/target/vector-math.test.ts), NaN stays NaN.
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

function exp(c: Code, x: number): number {
  const low = c.float(-104);
  const high = c.float(89);
  const above = c.select(c.lt(x, low), low, x);
  const inside = c.select(c.gt(above, high), high, above);
  const shifted = c.add(c.mul(inside, c.float(Math.LOG2E)), c.float(ROUNDER));
  const n = c.isub(shifted, c.int(ROUNDER_BITS));
  const whole = c.sub(shifted, c.float(ROUNDER));
  const rest = c.sub(c.sub(inside, c.mul(whole, c.float(LN2_HIGH))), c.mul(whole, c.float(LN2_LOW)));
  const p = c.polynomial(rest, [1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1]);
  const y = c.add(c.add(c.mul(c.mul(p, rest), rest), rest), c.float(1));
  // Two factors, since 2^n itself may be too large or too small for a float.
  const half = c.shr(n, 1);
  const power = (k: number): number => c.shl(c.iadd(k, c.int(127)), 23);
  const scaled = c.mul(c.mul(y, power(half)), power(c.isub(n, half)));
  return c.select(c.ne(x, x), x, scaled);
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

function erf(c: Code, x: number): number {
  const size = c.abs(x);
  const square = c.mul(x, x);
  const near = c.mul(x, c.polynomial(square, [
    7.853861353153693e-5, -8.010193625184903e-4, 5.188327685732524e-3, -2.685381193529856e-2, 1.128358514861418e-1, -3.761262582423300e-1, 1.128379165726710]));
  const inverse = c.div(c.float(1), size);
  const y = c.mul(inverse, inverse);
  const middle = c.polynomial(y, [
    2.326819970068386e-2, -1.387039388740657e-1, 3.687424674597105e-1, -5.824733027278666e-1, 6.210004621745983e-1, -4.944515323274145e-1,
    3.404879937665872e-1, -2.741127028184656e-1, 5.638259427386472e-1]);
  const end = c.polynomial(y, [
    -1.047766399936249e+1, 1.297719955372516e+1, -7.495518717768503, 2.921019019210786, -1.015265279202700, 4.218463358204948e-1,
    -2.820767439740514e-1, 5.641895067754075e-1]);
  const rest = c.mul(c.mul(exp(c, c.sub(c.float(0), square)), inverse), c.select(c.lt(size, c.float(2)), middle, end));
  return c.select(c.lt(size, c.float(1)), near, c.signed(c.sub(c.float(1), rest), x));
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
