/** Values as the elements of a tensor lie in memory (little endian, as all our targets are). */
import type { DType } from './dtype.js';
import { storedValue } from './scalar.js';

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

/** The elements that lie in `bytes`, as numbers (64-bit integers beyond 2^53 are rounded). */
export function elementNumbers(bytes: Uint8Array, dtype: DType): Float32Array | Float64Array {
  const own = Uint8Array.from(bytes).buffer;
  switch (dtype) {
    case 'float32': return new Float32Array(own);
    case 'float64': return new Float64Array(own);
    case 'float16': return Float64Array.from(new Uint16Array(own), halfValue);
    case 'bfloat16': return new Float32Array(Uint32Array.from(new Uint16Array(own), (bits) => bits << 16).buffer);
    case 'int64': return Float64Array.from(Array.from(new BigInt64Array(own), Number));
    case 'uint64': return Float64Array.from(Array.from(new BigUint64Array(own), Number));
    case 'uint32': return Float64Array.from(new Uint32Array(own));
    case 'uint16': return Float64Array.from(new Uint16Array(own));
    case 'int32': return Float64Array.from(new Int32Array(own));
    case 'int16': return Float64Array.from(new Int16Array(own));
    case 'int8': return Float64Array.from(new Int8Array(own));
    case 'uint8': case 'bool': return Float64Array.from(new Uint8Array(own));
  }
}

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
