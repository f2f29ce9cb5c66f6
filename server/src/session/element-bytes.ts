/** Values as the elements of a tensor lie in memory (little endian, as all our targets are). */
import type { DType } from '../ir/dtype.js';
import { storedValue } from '../ir/scalar.js';

/** The bytes of `values`, rounded or wrapped to the type. May share memory with `values`. */
export function elementBytes(values: Float32Array | Float64Array, dtype: DType): Uint8Array {
  if ((dtype === 'float32' && values instanceof Float32Array) || (dtype === 'float64' && values instanceof Float64Array)) return viewOf(values);
  const n = values.length;
  const at = (i: number): number => storedValue(values[i] ?? 0, dtype);
  switch (dtype) {
    case 'float32': return viewOf(Float32Array.from(values));
    case 'float64': return viewOf(Float64Array.from(values));
    case 'float16': return viewOf(Uint16Array.from({ length: n }, (_, i) => halfBits(at(i))));
    case 'bfloat16': return viewOf(Uint16Array.from(new Uint32Array(Float32Array.from({ length: n }, (_, i) => at(i)).buffer), (bits) => bits >>> 16));
    case 'int64': return viewOf(BigInt64Array.from({ length: n }, (_, i) => BigInt(at(i))));
    case 'uint64': return viewOf(BigUint64Array.from({ length: n }, (_, i) => BigInt(at(i))));
    case 'uint32': return viewOf(Uint32Array.from({ length: n }, (_, i) => at(i)));
    case 'uint16': return viewOf(Uint16Array.from({ length: n }, (_, i) => at(i)));
    case 'int32': return viewOf(Int32Array.from({ length: n }, (_, i) => at(i)));
    case 'int16': return viewOf(Int16Array.from({ length: n }, (_, i) => at(i)));
    case 'int8': return viewOf(Int8Array.from({ length: n }, (_, i) => at(i)));
    case 'uint8': case 'bool': return Uint8Array.from({ length: n }, (_, i) => at(i));
  }
}

function viewOf(a: ArrayBufferView): Uint8Array {
  return new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
}

/** Of a value that half precision has exactly. */
function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size === Infinity) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | (size * 2 ** 24);
  let exponent = Math.floor(Math.log2(size));
  if (2 ** exponent > size) exponent--;
  else if (2 ** (exponent + 1) <= size) exponent++;
  return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
}
