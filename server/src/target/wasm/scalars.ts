/** Single elements in WebAssembly: which instructions load, store, convert, compare and combine each element type. */
import { dtypeBytes, isFloat, isHalf, isUnsigned, type DType } from '../../ir/dtype.js';
import { limits } from '../../ir/scalar.js';
import { CodegenError } from '../kernel/error.js';
import type { BinaryValueOp } from '../kernel/ir.js';
import { OP, TYPE, type ValueType } from './encoder.js';
import type { FunctionWriter } from './function-writer.js';
import { halfToFloat, floatToHalf } from './half.js';

interface Access { readonly load: number; readonly store: number; readonly align: number }

/** Half precision is loaded and stored as bits. */
const ACCESS: Readonly<Record<DType, Access>> = {
  float32: { load: OP.f32Load, store: OP.f32Store, align: 2 },
  float64: { load: 0x2b, store: 0x39, align: 3 },
  float16: { load: 0x2f, store: OP.i32Store16, align: 1 },
  bfloat16: { load: 0x2f, store: OP.i32Store16, align: 1 },
  int64: { load: 0x29, store: 0x37, align: 3 },
  uint64: { load: 0x29, store: 0x37, align: 3 },
  int32: { load: OP.i32Load, store: OP.i32Store, align: 2 },
  uint32: { load: OP.i32Load, store: OP.i32Store, align: 2 },
  int16: { load: OP.i32Load16S, store: OP.i32Store16, align: 1 },
  uint16: { load: 0x2f, store: OP.i32Store16, align: 1 },
  int8: { load: OP.i32Load8S, store: OP.i32Store8, align: 0 },
  uint8: { load: OP.i32Load8U, store: OP.i32Store8, align: 0 },
  bool: { load: OP.i32Load8U, store: OP.i32Store8, align: 0 },
};

export function accessOf(dtype: DType): Access {
  return ACCESS[dtype];
}

type NumberType = 'i32' | 'i64' | 'f32' | 'f64';

function numberType(dtype: DType): NumberType {
  if (dtype === 'float32') return 'f32';
  if (dtype === 'float64') return 'f64';
  return dtype === 'int64' || dtype === 'uint64' ? 'i64' : 'i32';
}

/** The type of a local that holds one element. */
export function scalarType(dtype: DType): ValueType {
  return TYPE[numberType(dtype)];
}

/** A constant of the type. */
export function constant(w: FunctionWriter, value: number, dtype: DType): void {
  switch (numberType(dtype)) {
    case 'f32': w.f32(value); return;
    case 'f64': w.f64(value); return;
    case 'i64': w.i64(longOf(value, dtype)); return;
    case 'i32': w.i32(value);
  }
}

/** Numbers at the ends of 64 bits are rounded up by doubles. */
function longOf(value: number, dtype: DType): bigint {
  const [low, high] = limits(dtype);
  if (value >= high) return BigInt(high) - 1n;
  return value <= low ? BigInt(low) : BigInt(Math.trunc(value));
}

/** The number on the stack, of 32 bits, as an element of the type: narrow integers wrap around, anything but zero is true. */
export function wrap(w: FunctionWriter, dtype: DType): void {
  if (dtype === 'int8') w.op(OP.i32Extend8S);
  else if (dtype === 'int16') w.op(OP.i32Extend16S);
  else if (dtype === 'uint8') w.i32(255).op(OP.i32And);
  else if (dtype === 'uint16') w.i32(65535).op(OP.i32And);
  else if (dtype === 'bool') w.op(OP.i32Eqz, OP.i32Eqz);
}

const PREFIX = OP.prefix;
const CONVERSIONS: Readonly<Record<string, readonly number[]>> = {
  'f32 f64': [OP.f64PromoteF32], 'f64 f32': [OP.f32DemoteF64],
  'i32 f32': [OP.f32ConvertI32S], 'u32 f32': [0xb3], 'i64 f32': [0xb4], 'u64 f32': [0xb5], 'i32 f64': [0xb7], 'u32 f64': [0xb8], 'i64 f64': [0xb9], 'u64 f64': [0xba],
  'i32 i64': [0xac], 'u32 i64': [0xad], 'i64 i32': [OP.i32WrapI64], 'u64 i32': [OP.i32WrapI64],
  'f32 i32': [PREFIX, OP.i32TruncSatF32S], 'f64 i32': [PREFIX, 0x02], 'f32 i64': [PREFIX, 0x04], 'f64 i64': [PREFIX, 0x06], 'f32 u64': [PREFIX, 0x05], 'f64 u64': [PREFIX, 0x07],
  'f32 u32': [PREFIX, 0x04, OP.i32WrapI64], 'f64 u32': [PREFIX, 0x06, OP.i32WrapI64],
};

/** Converts the value on the stack. */
export function convert(w: FunctionWriter, from: DType, to: DType): void {
  if (from === to) return;
  if (isHalf(from)) {
    halfToFloat(w, from);
    convert(w, 'float32', to);
    return;
  }
  if (isHalf(to)) {
    convert(w, from, 'float32');
    floatToHalf(w, to);
    return;
  }
  if (to === 'bool') {
    constant(w, 0, from);
    compare(w, 'ne', from);
    return;
  }
  const source = numberType(from);
  const target = numberType(to);
  const widths = { i32: 'u32', i64: 'u64', f32: 'f32', f64: 'f64' } as const;
  const unsignedTarget = isFloat(from) && (to === 'uint32' || to === 'uint64') ? widths[target] : target;
  const unsignedSource = from === 'uint32' || from === 'uint64' ? widths[source] : source;
  if (source !== target) {
    const code = CONVERSIONS[`${unsignedSource} ${unsignedTarget}`];
    if (code === undefined) throw new CodegenError(`wasm: no conversion from ${from} to ${to}`);
    w.op(...code);
  }
  if (target === 'i32') wrap(w, to);
}

type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';
const ORDER = { eq: 0, ne: 1, lt: 2, gt: 3, le: 4, ge: 5 } as const;

/** Compares the two elements on the stack. */
export function compare(w: FunctionWriter, op: Comparison, dtype: DType): void {
  const type = numberType(dtype);
  const k = ORDER[op];
  if (type === 'f32' || type === 'f64') {
    w.op((type === 'f32' ? OP.f32Eq : 0x61) + k);
    return;
  }
  // Integers: eq, ne, then each of lt, gt, le, ge with sign and without.
  const first = type === 'i32' ? OP.i32Eq : 0x51;
  w.op(k < 2 ? first + k : first + 2 * k - 2 + (isUnsigned(dtype) ? 1 : 0));
}

const ARITHMETIC = {
  i32: { add: OP.i32Add, sub: OP.i32Sub, mul: OP.i32Mul, div: OP.i32DivS, rem: OP.i32RemS, and: OP.i32And, or: OP.i32Or, xor: 0x73, shl: OP.i32Shl, shr: 0x75 },
  i64: { add: 0x7c, sub: 0x7d, mul: 0x7e, div: 0x7f, rem: 0x81, and: 0x83, or: 0x84, xor: 0x85, shl: 0x86, shr: 0x87 },
  f32: { add: OP.f32Add, sub: OP.f32Sub, mul: OP.f32Mul, div: OP.f32Div },
  f64: { add: 0xa0, sub: 0xa1, mul: 0xa2, div: 0xa3 },
} as const;

/** Square root of the value on the stack. */
export function squareRoot(w: FunctionWriter, dtype: DType): void {
  w.op(dtype === 'float64' ? 0x9f : OP.f32Sqrt);
}

/** Combines the two elements on the stack. */
export function combine(w: FunctionWriter, op: BinaryValueOp, dtype: DType): void {
  const type = numberType(dtype);
  switch (op) {
    case 'min': case 'max': {
      // Not f32.min and f32.max: those treat NaN in another way than vectors and C do.
      const [a, b] = [w.local(scalarType(dtype)), w.local(scalarType(dtype))];
      w.set(b).tee(a).get(b).get(a).get(b);
      compare(w, op === 'min' ? 'lt' : 'gt', dtype);
      w.op(OP.select);
      return;
    }
    case 'floordiv': case 'floormod': floorDivision(w, op, dtype); return;
    default: {
      if (op === 'div' && (type === 'i32' || type === 'i64') && isUnsigned(dtype)) w.op(ARITHMETIC[type].div + 1);
      else w.op(ARITHMETIC[type][op]);
      if (type === 'i32') wrap(w, dtype);
    }
  }
}

/** The operands are on the stack. a mod b has the sign of b: ((a rem b) + b) rem b; floor(a / b) = (a - a mod b) / b. */
function floorDivision(w: FunctionWriter, op: 'floordiv' | 'floormod', dtype: DType): void {
  const type = numberType(dtype);
  if (type === 'f32' || type === 'f64') throw new CodegenError('wasm: floor division of floats');
  const code = ARITHMETIC[type];
  if (isUnsigned(dtype)) {
    w.op((op === 'floordiv' ? code.div : code.rem) + 1);
    return;
  }
  const [a, b] = [w.local(scalarType(dtype)), w.local(scalarType(dtype))];
  w.set(b).set(a);
  if (op === 'floordiv') w.get(a);
  w.get(a).get(b).op(code.rem).get(b).op(code.add).get(b).op(code.rem);
  if (op === 'floordiv') w.op(code.sub).get(b).op(code.div);
}

/** A function of integers whose arguments are on the stack; false if it is none. Shifts by the width or more give 0. */
export function integerCall(w: FunctionWriter, name: string, dtype: DType): boolean {
  const type = numberType(dtype);
  if (type === 'f32' || type === 'f64') return false;
  const code = ARITHMETIC[type];
  switch (name) {
    case 'bitwise_and': w.op(code.and); return true;
    case 'bitwise_or': w.op(code.or); return true;
    case 'bitwise_xor': w.op(code.xor); return true;
    case 'bitwise_not': constant(w, -1, type === 'i32' ? 'int32' : 'int64'); w.op(code.xor); break;
    case 'truncdiv': w.op(isUnsigned(dtype) ? code.div + 1 : code.div); break;
    case 'truncmod': w.op(isUnsigned(dtype) ? code.rem + 1 : code.rem); break;
    case 'shift_left': case 'shift_right': {
      const [a, b] = [w.local(scalarType(dtype)), w.local(scalarType(dtype))];
      w.set(b).tee(a).get(b).op(name === 'shift_left' ? code.shl : isUnsigned(dtype) ? code.shr + 1 : code.shr);
      constant(w, 0, dtype);
      w.get(b);
      constant(w, dtypeBytes(dtype) * 8, dtype);
      compare(w, 'lt', dtype);
      w.op(OP.select);
      break;
    }
    default: return false;
  }
  if (type === 'i32') wrap(w, dtype);
  return true;
}
