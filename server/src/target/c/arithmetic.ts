/** Arithmetic on values as C text. Integers wrap around as their types do (in C only unsigned arithmetic does that). */
import { isFloat, type DType } from '../../ir/dtype.js';
import type { BinaryValueOp } from '../kernel/ir.js';
import { cType } from './types.js';

const SIGNS = { add: '+', sub: '-', mul: '*', div: '/' } as const;

/** `a op b` of single elements. */
export function scalarArithmetic(op: BinaryValueOp, a: string, b: string, dtype: DType): string {
  const type = cType(dtype);
  if (op === 'min' || op === 'max') return `({ ${type} x_ = ${a}, y_ = ${b}; x_ ${op === 'min' ? '<' : '>'} y_ ? x_ : y_; })`;
  if (op === 'floordiv' || op === 'floormod') return `(${type})${op === 'floordiv' ? 'ansor_fdiv' : 'ansor_fmod'}(${a}, ${b})`;
  if (isFloat(dtype)) return `(${a} ${SIGNS[op]} ${b})`;
  if (op === 'div') return `(${type})(${a} / ${b})`;
  const wide = dtype === 'int64' ? 'unsigned long long' : 'unsigned';
  return cast(`((${wide})${a} ${SIGNS[op]} (${wide})${b})`, dtype);
}

/** The value as another type; anything but zero is true. */
export function cast(value: string, to: DType): string {
  return to === 'bool' ? `(${value} != 0)` : `(${cType(to)})${value}`;
}

export function literal(value: number, dtype: DType): string {
  if (!isFloat(dtype)) {
    // The ends of 64 bits have no literal of their own.
    if (value >= 2 ** 63) return '0x7fffffffffffffffLL';
    if (value <= -(2 ** 63)) return '(-0x7fffffffffffffffLL - 1)';
    return value < 0 ? `(${value})` : String(value);
  }
  const suffix = dtype === 'float64' ? '' : 'f';
  if (Number.isNaN(value)) return `__builtin_nan${suffix}("")`;
  const size = Math.abs(value);
  const text = size === Infinity ? `__builtin_inf${suffix}()` : `${decimal(size, dtype)}${suffix}`;
  return value < 0 || Object.is(value, -0) ? `(-${text})` : text;
}

function decimal(value: number, dtype: DType): string {
  const text = dtype === 'float64' ? value.toPrecision(17) : Math.fround(value).toPrecision(9);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
