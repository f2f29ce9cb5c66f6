/** One function under construction: its locals and its code. */
import { float32Bytes, float64Bytes, OP, SIMD, signed, signedLong, unsigned, TYPE, type FunctionCode, type FunctionType, type ValueType } from './encoder.js';

export class FunctionWriter {
  readonly code: number[] = [];
  private readonly locals: ValueType[] = [];

  constructor(private readonly type: FunctionType, private readonly exportName: string | undefined) {}

  local(type: ValueType): number {
    return this.type.params.length + this.locals.push(type) - 1;
  }

  op(...bytes: readonly number[]): this {
    for (const b of bytes) this.code.push(b);
    return this;
  }

  get(local: number): this {
    return this.op(OP.localGet, ...unsigned(local));
  }

  set(local: number): this {
    return this.op(OP.localSet, ...unsigned(local));
  }

  tee(local: number): this {
    return this.op(OP.localTee, ...unsigned(local));
  }

  i32(value: number): this {
    return this.op(OP.i32Const, ...signed(value));
  }

  f32(value: number): this {
    return this.op(OP.f32Const, ...float32Bytes(value));
  }

  i64(value: bigint): this {
    return this.op(OP.i64Const, ...signedLong(value));
  }

  f64(value: number): this {
    return this.op(OP.f64Const, ...float64Bytes(value));
  }

  simd(opcode: number): this {
    return this.op(0xfd, ...unsigned(opcode));
  }

  /** A memory instruction with its alignment (log2) and byte offset. */
  memory(opcode: number, align: number, offset: number): this {
    return this.op(opcode, ...unsigned(align), ...unsigned(offset));
  }

  simdMemory(opcode: number, offset: number): this {
    return this.simd(opcode).op(...unsigned(2), ...unsigned(offset));
  }

  v128(values: readonly number[]): this {
    this.simd(SIMD.const);
    for (const v of values) this.op(...float32Bytes(v));
    return this;
  }

  v128Ints(values: readonly number[]): this {
    this.simd(SIMD.const);
    return this.op(...new Uint8Array(Int32Array.from(values).buffer));
  }

  finish(): FunctionCode {
    return { type: this.type, locals: this.locals, code: this.code, ...(this.exportName === undefined ? {} : { exportName: this.exportName }) };
  }
}

/** Imports: `parallel(body, tensors, workspace, closure, n)` runs the module's exported function `p<body>` over [0, n) on all workers. */
export const PARALLEL_TYPE: FunctionType = { params: [TYPE.i32, TYPE.i32, TYPE.i32, TYPE.i32, TYPE.i32], results: [] };
/** `p<k>(tensors, workspace, closure, begin, end, worker)`. */
export const BODY_TYPE: FunctionType = { params: [TYPE.i32, TYPE.i32, TYPE.i32, TYPE.i32, TYPE.i32, TYPE.i32], results: [] };
/** `SYMBOL(tensors, workspace)`. */
export const KERNEL_TYPE: FunctionType = { params: [TYPE.i32, TYPE.i32], results: [] };
export const MATH_TYPE: FunctionType = { params: [TYPE.f64], results: [TYPE.f64] };
export const MATH2_TYPE: FunctionType = { params: [TYPE.f64, TYPE.f64], results: [TYPE.f64] };
