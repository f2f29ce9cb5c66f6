/** Comparison with the expected outputs as ONNX's own runner does it: relative 1e-3 and absolute 1e-7 for floats, everything else exact. */
import { elementCount } from '../../../server/src/ir/buffer.js';
import { isFloat, type DType } from '../../../server/src/ir/dtype.js';
import { decodeTensor } from '../../../server/src/model/onnx/decode-tensor.js';
import { TensorProto_DataType as T, TensorProtoSchema } from '../../../server/src/model/onnx/generated/onnx_pb.js';
import { create } from '@bufbuild/protobuf';
import { readTensor } from './case.js';

export interface Tolerance { readonly rtol: number; readonly atol: number }

export const TOLERANCE: Tolerance = { rtol: 1e-3, atol: 1e-7 };

const TYPES: Readonly<Record<DType, number>> = {
  float32: T.FLOAT, float64: T.DOUBLE, float16: T.FLOAT16, bfloat16: T.BFLOAT16, int8: T.INT8, uint8: T.UINT8, int16: T.INT16, uint16: T.UINT16,
  int32: T.INT32, uint32: T.UINT32, int64: T.INT64, uint64: T.UINT64, bool: T.BOOL,
};

/** What differs, or undefined. */
export function difference(expected: Uint8Array, dtype: DType, shape: readonly number[], bytes: Uint8Array, { rtol, atol }: Tolerance = TOLERANCE): string | undefined {
  const want = readTensor(expected);
  if (want.host.dtype !== dtype) return `type ${dtype} instead of ${want.host.dtype}`;
  if (want.host.shape.join() !== shape.join()) return `shape [${shape.join()}] instead of [${want.host.shape.join()}]`;
  if (elementCount(shape) === 0) return undefined;
  if (!isFloat(dtype)) {
    const at = want.bytes.findIndex((byte, i) => byte !== bytes[i]);
    if (at < 0) return undefined;
    const got = valuesOf(dtype, shape, bytes);
    const i = Math.floor((at * got.length) / bytes.length);
    return `element ${i} is ${got[i]} instead of ${want.host.data[i]}`;
  }
  const got = valuesOf(dtype, shape, bytes);
  for (let i = 0; i < got.length; i++) {
    const [a, b] = [got[i] ?? NaN, want.host.data[i] ?? NaN];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= atol + rtol * Math.abs(b)) continue;
    return `element ${i} is ${a} instead of ${b}`;
  }
  return undefined;
}

function valuesOf(dtype: DType, shape: readonly number[], bytes: Uint8Array): ArrayLike<number> {
  const decoded = decodeTensor(create(TensorProtoSchema, { dims: shape.map(BigInt), dataType: TYPES[dtype], rawData: bytes.slice() }), () => undefined);
  if (!decoded.ok) throw new Error(decoded.error.message);
  const loaded = decoded.value.load();
  if (!loaded.ok) throw new Error(loaded.error.message);
  return loaded.value.data;
}
