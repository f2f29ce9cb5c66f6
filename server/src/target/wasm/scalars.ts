/** Single elements in WebAssembly: which instructions load, store, convert and combine each element type. */
import { isFloat, type DType } from '../../ir/dtype.js';
import { CodegenError } from '../kernel/error.js';
import type { BinaryValueOp } from '../kernel/ir.js';
import { OP, TYPE, type ValueType } from './encoder.js';
import type { FunctionWriter } from './function-writer.js';

interface Access { readonly load: number; readonly store: number; readonly align: number }

const ACCESS: Readonly<Partial<Record<DType, Access>>> = {
  float32: { load: OP.f32Load, store: OP.f32Store, align: 2 },
  int32: { load: OP.i32Load, store: OP.i32Store, align: 2 },
  int16: { load: OP.i32Load16S, store: OP.i32Store16, align: 1 },
  int8: { load: OP.i32Load8S, store: OP.i32Store8, align: 0 },
  uint8: { load: OP.i32Load8U, store: OP.i32Store8, align: 0 },
  bool: { load: OP.i32Load8U, store: OP.i32Store8, align: 0 },
};

/** @throws CodegenError for the types that have no form yet (64 bits, half precision) */
export function accessOf(dtype: DType): Access {
  const found = ACCESS[dtype];
  if (found === undefined) throw new CodegenError(`wasm: element type ${dtype} is not supported yet`);
  return found;
}

/** The type of a local that holds one element. */
export function scalarType(dtype: DType): ValueType {
  accessOf(dtype);
  return isFloat(dtype) ? TYPE.f32 : TYPE.i32;
}

/** The number on the stack, of 32 bits, as an element of the type: narrow integers wrap around, anything but zero is true. */
export function wrap(w: FunctionWriter, dtype: DType): void {
  if (dtype === 'int8') w.op(OP.i32Extend8S);
  else if (dtype === 'int16') w.op(OP.i32Extend16S);
  else if (dtype === 'uint8') w.i32(255).op(OP.i32And);
  else if (dtype === 'bool') w.op(OP.i32Eqz, OP.i32Eqz);
}

/** Converts the value on the stack. */
export function convert(w: FunctionWriter, from: DType, to: DType): void {
  accessOf(to);
  if (isFloat(from) && isFloat(to)) return;
  if (isFloat(to)) {
    w.op(OP.f32ConvertI32S);
  } else if (isFloat(from)) {
    if (to === 'bool') w.f32(0).op(OP.f32Ne);
    else w.op(OP.prefix, OP.i32TruncSatF32S);
    wrap(w, to);
  } else {
    wrap(w, to);
  }
}

const FLOATS = { add: OP.f32Add, sub: OP.f32Sub, mul: OP.f32Mul, div: OP.f32Div } as const;
const INTEGERS = { add: OP.i32Add, sub: OP.i32Sub, mul: OP.i32Mul, div: OP.i32DivS } as const;

/** Combines the two elements on the stack. */
export function combine(w: FunctionWriter, op: BinaryValueOp, dtype: DType): void {
  const type = scalarType(dtype);
  switch (op) {
    case 'min': case 'max': {
      // Not f32.min and f32.max: those treat NaN in another way than vectors and C do.
      const [a, b] = [w.local(type), w.local(type)];
      const less = type === TYPE.f32 ? OP.f32Lt : OP.i32LtS;
      const greater = type === TYPE.f32 ? OP.f32Gt : OP.i32GtS;
      w.set(b).tee(a).get(b).get(a).get(b).op(op === 'min' ? less : greater, OP.select);
      return;
    }
    case 'floordiv': case 'floormod': floorDivision(w, op); return;
    default:
      w.op(type === TYPE.f32 ? FLOATS[op] : INTEGERS[op]);
      if (type === TYPE.i32) wrap(w, dtype);
  }
}

/** The operands are on the stack. a mod b has the sign of b: ((a rem b) + b) rem b; floor(a / b) = (a - a mod b) / b. */
function floorDivision(w: FunctionWriter, op: 'floordiv' | 'floormod'): void {
  const [a, b] = [w.local(TYPE.i32), w.local(TYPE.i32)];
  w.set(b).set(a);
  if (op === 'floordiv') w.get(a);
  w.get(a).get(b).op(OP.i32RemS).get(b).op(OP.i32Add).get(b).op(OP.i32RemS);
  if (op === 'floordiv') w.op(OP.i32Sub).get(b).op(OP.i32DivS);
}
