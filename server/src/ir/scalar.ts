/** Arithmetic of the element types on numbers: wrapping of integers, rounding of floats. int64 is exact up to 2^53. */
import { isFloat, type DType } from './dtype.js';
import type { BinaryOp } from './expr.js';

/** Relative rounding error of one operation, and the size below which results lose precision. Both 0 for integers and bool. */
export interface Rounding { readonly epsilon: number; readonly tiny: number }

const EXACT: Rounding = { epsilon: 0, tiny: 0 };
const ROUNDING: Readonly<Partial<Record<DType, Rounding>>> = {
  float64: { epsilon: 2 ** -53, tiny: 2 ** -1022 },
  float32: { epsilon: 2 ** -24, tiny: 2 ** -126 },
  float16: { epsilon: 2 ** -11, tiny: 2 ** -24 },
  bfloat16: { epsilon: 2 ** -8, tiny: 2 ** -126 },
};

export function roundingOf(dtype: DType): Rounding {
  return ROUNDING[dtype] ?? EXACT;
}

const INT_BITS: Readonly<Partial<Record<DType, number>>> = { int8: 8, int16: 16, int32: 32, uint8: 8, uint16: 16, uint32: 32 };

/** An integer brought into the range of its type as two's complement does; bool becomes 0 or 1. Fractions are cut off. */
export function wrapInteger(value: number, dtype: DType): number {
  if (dtype === 'bool') return value === 0 ? 0 : 1;
  const whole = Math.trunc(value);
  const bits = INT_BITS[dtype];
  if (bits === undefined) return wrapLong(whole, dtype);
  // `|` reduces modulo 2^32 and turns what is not finite into 0; the shifts keep the low bits with or without sign.
  const low = bits === 32 ? whole | 0 : whole << (32 - bits);
  const unsigned = dtype === 'uint8' || dtype === 'uint16' || dtype === 'uint32';
  if (bits === 32) return unsigned ? low >>> 0 : low;
  return unsigned ? low >>> (32 - bits) : low >> (32 - bits);
}

/** 64 bits: values beyond 2^53 are rounded as doubles are. */
function wrapLong(whole: number, dtype: DType): number {
  if (!Number.isFinite(whole)) return 0;
  if (Number.isSafeInteger(whole) && (whole >= 0 || dtype === 'int64')) return whole + 0;
  return Number(dtype === 'uint64' ? BigInt.asUintN(64, BigInt(whole)) : BigInt.asIntN(64, BigInt(whole)));
}

/** The value as the element type stores it: floats to nearest (ties to even), integers wrapped. */
export function storedValue(value: number, dtype: DType): number {
  switch (dtype) {
    case 'float64': return value;
    case 'float32': return Math.fround(value);
    case 'float16': return nearest(value, 10, -14, 65504);
    case 'bfloat16': return nearest(Math.fround(value), 7, -126, 2 ** 127 * (2 - 2 ** -7));
    default: return wrapInteger(value, dtype);
  }
}

/** The nearest float of `bits` stored fraction bits. */
function nearest(value: number, bits: number, minExponent: number, largest: number): number {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size === 0) return value;
  // log2 may be off by one next to a power of two; then the step is too coarse or too fine, hence the correction.
  let exponent = Math.floor(Math.log2(size));
  if (2 ** exponent > size) exponent--;
  else if (2 ** (exponent + 1) <= size) exponent++;
  const step = 2 ** (Math.max(exponent, minExponent) - bits);
  const scaled = size / step;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 === 1);
  const rounded = (floor + (up ? 1 : 0)) * step;
  return Math.sign(value) * (rounded > largest ? Infinity : rounded);
}

export function floorDivide(a: number, b: number): number {
  return Math.floor(a / b);
}

/** Has the sign of `b`. */
export function floorModulus(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && (rest < 0) !== (b < 0) ? rest + b : rest + 0;
}

/** The neutral value of a reduction, as stored: for `max` the lowest and for `min` the highest finite value of the type. */
export function neutralValue(combiner: 'add' | 'mul' | 'max' | 'min', dtype: DType): number {
  if (combiner === 'add') return 0;
  if (combiner === 'mul') return 1;
  const [lowest, highest] = limits(dtype);
  return combiner === 'max' ? lowest : highest;
}

/** Lowest and highest finite value. */
export function limits(dtype: DType): readonly [number, number] {
  switch (dtype) {
    case 'float64': return [-Number.MAX_VALUE, Number.MAX_VALUE];
    case 'float32': return [-3.4028234663852886e38, 3.4028234663852886e38];
    case 'float16': return [-65504, 65504];
    case 'bfloat16': return [-(2 ** 127) * (2 - 2 ** -7), 2 ** 127 * (2 - 2 ** -7)];
    case 'bool': return [0, 1];
    case 'uint8': return [0, 255];
    case 'uint16': return [0, 65535];
    case 'uint32': return [0, 4294967295];
    case 'uint64': return [0, 2 ** 64];
    case 'int8': return [-128, 127];
    case 'int16': return [-32768, 32767];
    case 'int32': return [-2147483648, 2147483647];
    case 'int64': return [-(2 ** 63), 2 ** 63];
  }
}

/** One binary operation on values of type `dtype` (the operands'), before rounding or wrapping of the result. */
export function applyBinary(op: BinaryOp, a: number, b: number, dtype: DType): number {
  switch (op) {
    case 'add': return a + b;
    case 'sub': return a - b;
    case 'mul': return dtype === 'int32' || dtype === 'uint32' ? Math.imul(a, b) : a * b;
    case 'div': return isFloat(dtype) ? a / b : Math.trunc(a / b);
    case 'floordiv': return floorDivide(a, b);
    case 'floormod': return floorModulus(a, b);
    case 'min': return a < b ? a : b;
    case 'max': return a > b ? a : b;
    case 'eq': return a === b ? 1 : 0;
    case 'ne': return a !== b ? 1 : 0;
    case 'lt': return a < b ? 1 : 0;
    case 'le': return a <= b ? 1 : 0;
    case 'gt': return a > b ? 1 : 0;
    case 'ge': return a >= b ? 1 : 0;
    case 'and': return a !== 0 && b !== 0 ? 1 : 0;
    case 'or': return a !== 0 || b !== 0 ? 1 : 0;
  }
}
