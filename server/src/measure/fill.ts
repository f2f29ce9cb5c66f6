/** The random values that runners fill tensors with, element by element: equal to runner/element.c, bit for bit. */
import { isFloat, type DType } from '../ir/dtype.js';
import { storedValue } from '../ir/scalar.js';

/** A 32-bit hash of stream and position. */
function mix(seed: number, i: number): number {
  let x = (Math.imul(i, 0x9e3779b9) + seed) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad) >>> 0;
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97) >>> 0;
  return (x ^ (x >>> 15)) >>> 0;
}

/** Element i of a random tensor: uniform in [low, high); integers uniform in low..high; booleans 0 or 1. */
export function randomElement(dtype: DType, seed: number, low: number, high: number, i: number): number {
  const u = mix(seed, i);
  if (dtype === 'bool') return u >>> 31;
  if (isFloat(dtype)) return storedValue(low + (high - low) * ((u >>> 8) * 2 ** -24), dtype);
  return Math.floor(low + (high - low + 1) * (u * 2 ** -32));
}

/** A whole random tensor's values, for the reference evaluation. */
export function randomTensor(dtype: DType, seed: number, low: number, high: number, count: number): Float32Array | Float64Array {
  if (dtype === 'float32') {
    // As `randomElement`, which rounds as storing does; millions of elements are made in a session.
    const floats = new Float32Array(count);
    for (let i = 0; i < count; i++) floats[i] = low + (high - low) * ((mix(seed, i) >>> 8) * 2 ** -24);
    return floats;
  }
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = randomElement(dtype, seed, low, high, i);
  return values;
}
