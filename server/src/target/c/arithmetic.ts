/** Arithmetic on values as C text. Integers wrap around as their types do (in C only unsigned arithmetic does that). */
import { dtypeBytes, isFloat, isHalf, isUnsigned, type DType } from '../../ir/dtype.js';
import type { BinaryValueOp } from '../kernel/ir.js';
import { cType } from './types.js';

const SIGNS = { add: '+', sub: '-', mul: '*', div: '/' } as const;

/** `a op b` of single elements. */
export function scalarArithmetic(op: BinaryValueOp, a: string, b: string, dtype: DType): string {
  const type = cType(dtype);
  if (op === 'min' || op === 'max') return `({ ${type} x_ = ${a}, y_ = ${b}; x_ ${op === 'min' ? '<' : '>'} y_ ? x_ : y_; })`;
  if ((op === 'floordiv' || op === 'floormod') && isUnsigned(dtype)) return `(${type})(${a} ${op === 'floordiv' ? '/' : '%'} ${b})`;
  if (op === 'floordiv' || op === 'floormod') return `(${type})${op === 'floordiv' ? 'ansor_fdiv' : 'ansor_fmod'}(${a}, ${b})`;
  if (isFloat(dtype)) return `(${a} ${SIGNS[op]} ${b})`;
  if (op === 'div') return `(${type})(${a} / ${b})`;
  const wide = dtypeBytes(dtype) === 8 ? 'unsigned long long' : 'unsigned';
  return cast(`((${wide})${a} ${SIGNS[op]} (${wide})${b})`, dtype);
}

/** The value as another type; anything but zero is true. */
export function cast(value: string, to: DType): string {
  return to === 'bool' ? `(${value} != 0)` : `(${cType(to)})${value}`;
}

/** The same, from an element type that matters: half precision lies in memory as bits, and C leaves floats beyond an integer's range open. */
export function convert(value: string, from: DType, to: DType): string {
  if (from === to) return value;
  if (isHalf(from)) return cast(`ansor_from_${from}(${value})`, to);
  if (isHalf(to)) return `ansor_to_${to}((float)${value})`;
  if (isFloat(from) && !isFloat(to) && to !== 'bool') {
    if (dtypeBytes(to) < 4) return `(${cType(to)})(int)${value}`;
    if (to === 'uint32') return `(unsigned)(long long)${value}`;
  }
  return cast(value, to);
}

/** Functions of integers. Shifts by the width or more give 0. */
export function integerCall(name: string, args: readonly string[], dtype: DType): string | undefined {
  const [a = '0', b = '0'] = args;
  const bits = dtypeBytes(dtype) * 8;
  switch (name) {
    case 'bitwise_and': return `(${cType(dtype)})(${a} & ${b})`;
    case 'bitwise_or': return `(${cType(dtype)})(${a} | ${b})`;
    case 'bitwise_xor': return `(${cType(dtype)})(${a} ^ ${b})`;
    case 'bitwise_not': return `(${cType(dtype)})~${a}`;
    case 'shift_left': return `(${cType(dtype)})(${b} < ${bits} ? (unsigned long long)${a} << ${b} : 0)`;
    case 'shift_right': return `(${cType(dtype)})(${b} < ${bits} ? ${a} >> ${b} : 0)`;
    case 'truncdiv': return `(${cType(dtype)})(${a} / ${b})`;
    case 'truncmod': return `(${cType(dtype)})(${a} % ${b})`;
    default: return undefined;
  }
}

export function literal(value: number, dtype: DType): string {
  if (!isFloat(dtype)) {
    if (dtype === 'uint64') return `${value >= 2 ** 64 ? '0xffffffffffffffff' : BigInt(Math.max(value, 0))}ULL`;
    // The ends of 64 bits have no literal of their own.
    if (value >= 2 ** 63) return '0x7fffffffffffffffLL';
    if (value <= -(2 ** 63)) return '(-0x7fffffffffffffffLL - 1)';
    return value < 0 ? `(${BigInt(Math.trunc(value))})` : String(BigInt(Math.trunc(value)));
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
