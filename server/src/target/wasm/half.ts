/** Half precision as bits to float32 and back, inline (rounding to nearest, ties to even). */
import type { DType } from '../../ir/dtype.js';
import { OP, TYPE } from './encoder.js';
import type { FunctionWriter } from './function-writer.js';

/** The 16 bits on the stack as a float32. */
export function halfToFloat(w: FunctionWriter, dtype: DType): void {
  if (dtype === 'bfloat16') {
    w.i32(16).op(OP.i32Shl, OP.f32ReinterpretI32);
    return;
  }
  const [h, bits] = [w.local(TYPE.i32), w.local(TYPE.i32)];
  w.tee(h).i32(0x7fff).op(OP.i32And).i32(13).op(OP.i32Shl).set(bits);
  w.get(bits).i32(0x7f800000).op(OP.i32Or, OP.f32ReinterpretI32);
  w.get(bits).op(OP.f32ReinterpretI32).f32(2 ** 112).op(OP.f32Mul);
  w.get(h).i32(0x7c00).op(OP.i32And).i32(0x7c00).op(OP.i32Eq, OP.select);
  w.get(h).i32(16).op(OP.i32Shl, OP.f32ReinterpretI32, OP.f32Copysign);
}

/** The float32 on the stack as 16 bits. */
export function floatToHalf(w: FunctionWriter, dtype: DType): void {
  const [u, size] = [w.local(TYPE.i32), w.local(TYPE.i32)];
  w.op(OP.i32ReinterpretF32).tee(u).i32(0x7fffffff).op(OP.i32And).set(size);
  if (dtype === 'bfloat16') {
    w.get(u).i32(16).op(OP.i32ShrU).i32(0x40).op(OP.i32Or);
    w.get(u).i32(0x7fff).op(OP.i32Add).get(u).i32(16).op(OP.i32ShrU).i32(1).op(OP.i32And, OP.i32Add).i32(16).op(OP.i32ShrU);
    w.get(size).i32(0x7f800000).op(OP.i32GtS, OP.select);
    return;
  }
  w.get(u).i32(16).op(OP.i32ShrU).i32(0x8000).op(OP.i32And);
  w.i32(0x7e00);
  w.i32(0x7c00);
  // Below the normal range, adding 0.5 leaves the rounded bits at the low end of the sum.
  w.get(size).op(OP.f32ReinterpretI32).f32(0.5).op(OP.f32Add, OP.i32ReinterpretF32).i32(0x3f000000).op(OP.i32Sub);
  w.get(size).i32(0x38000000 - 0xfff).op(OP.i32Sub).get(size).i32(13).op(OP.i32ShrU).i32(1).op(OP.i32And, OP.i32Add).i32(13).op(OP.i32ShrU);
  w.get(size).i32(0x38800000).op(OP.i32LtS, OP.select);
  w.get(size).i32(0x477ff000).op(OP.i32GeS, OP.select);
  w.get(size).i32(0x7f800000).op(OP.i32GtS, OP.select);
  w.op(OP.i32Or);
}
