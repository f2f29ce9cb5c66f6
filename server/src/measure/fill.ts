/** The random values that runners fill tensors with, element by element: equal to runner/element.c, bit for bit. */
import type { DType } from '../ir/dtype.js';
import { toFloat16, toBfloat16 } from './half.js';

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
  switch (dtype) {
    case 'bool': return u >>> 31;
    case 'float64': return real(u, low, high);
    case 'float32': return Math.fround(real(u, low, high));
    case 'float16': return toFloat16(real(u, low, high));
    case 'bfloat16': return toBfloat16(real(u, low, high));
    default: return Math.floor(low + (high - low + 1) * (u * 2 ** -32));
  }
}

function real(u: number, low: number, high: number): number {
  return low + (high - low) * ((u >>> 8) * 2 ** -24);
}
