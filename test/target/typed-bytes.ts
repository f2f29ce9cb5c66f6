/** Numbers as the bytes of an element type, and back. */
import type { DType } from '../../server/src/ir/dtype.js';

type Numbers = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Int32Array | Uint16Array | Uint32Array | BigInt64Array | BigUint64Array;

function arrayOf(dtype: DType, buffer: ArrayBuffer): Numbers {
  switch (dtype) {
    case 'float32': return new Float32Array(buffer);
    case 'float64': return new Float64Array(buffer);
    case 'int8': return new Int8Array(buffer);
    case 'uint8': case 'bool': return new Uint8Array(buffer);
    case 'int16': return new Int16Array(buffer);
    case 'uint16': return new Uint16Array(buffer);
    case 'uint32': return new Uint32Array(buffer);
    case 'uint64': return new BigUint64Array(buffer);
    case 'int32': return new Int32Array(buffer);
    case 'int64': return new BigInt64Array(buffer);
    case 'float16': case 'bfloat16': throw new Error(`no array of ${dtype}`);
  }
}

export function toBytes(values: ArrayLike<number>, dtype: DType, elementBytes: number): Uint8Array {
  const bytes = new Uint8Array(values.length * elementBytes);
  const array = arrayOf(dtype, bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    const v = values[i] ?? NaN;
    array[i] = array instanceof BigInt64Array || array instanceof BigUint64Array ? BigInt(v) : v;
  }
  return bytes;
}

export function fromBytes(bytes: Uint8Array, dtype: DType): number[] {
  return Array.from(arrayOf(dtype, bytes.slice().buffer), Number);
}
