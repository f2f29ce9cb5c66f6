/** C spellings of element and vector types. */
import { HOST_STRUCT_C } from '../abi.js';
import type { DType } from '../../ir/dtype.js';

const C_TYPES: Readonly<Record<DType, string>> = {
  float32: 'float', float64: 'double', float16: 'unsigned short', bfloat16: 'unsigned short',
  int8: 'signed char', uint8: 'unsigned char', int16: 'short', int32: 'int', int64: 'long long', bool: 'unsigned char',
  uint16: 'unsigned short', uint32: 'unsigned', uint64: 'unsigned long long',
};

export function cType(dtype: DType): string {
  return C_TYPES[dtype];
}

/** The type of `lanes` elements; vectors are of float32. */
export function cVector(dtype: DType, lanes: number): string {
  return lanes === 1 ? cType(dtype) : `ansor_v${lanes}`;
}

/**
 * Definitions at the head of a translation unit. Vectors may lie at any element's address. Quotients and remainders have no branches: gcc would move
 * the sign test of an outer loop's variable into the innermost loop, and compute the addresses there again in each step: 44 instead of 91 GFLOP/s for a
 * transposed convolution on a core with AVX2.
 */
export const PRELUDE = `${HOST_STRUCT_C}
struct ansor_closure { void *const *tensors; unsigned char *workspace; long outer[8]; };
${[2, 4, 8, 16].map((n) => `typedef float ansor_v${n} __attribute__((vector_size(${n * 4}), aligned(4), may_alias));
typedef int ansor_m${n} __attribute__((vector_size(${n * 4}), aligned(4), may_alias));`).join('\n')}
static inline __attribute__((unused)) long ansor_fdiv(long a, long b) { const long r = a % b; return a / b - ((r != 0) & ((r < 0) != (b < 0))); }
static inline __attribute__((unused)) float ansor_from_bfloat16(unsigned short h) { union { unsigned u; float f; } x = { (unsigned)h << 16 }; return x.f; }
static inline __attribute__((unused)) unsigned short ansor_to_bfloat16(float f) {
  union { float f; unsigned u; } x = { f };
  return f != f ? (unsigned short)(x.u >> 16 | 0x40) : (unsigned short)((x.u + 0x7fff + (x.u >> 16 & 1)) >> 16);
}
static inline __attribute__((unused)) float ansor_from_float16(unsigned short h) {
  union { unsigned u; float f; } x = { (unsigned)(h & 0x7fff) << 13 };
  if ((h & 0x7c00) == 0x7c00) x.u |= 0x7f800000;
  else x.f *= 0x1p112f;
  x.u |= (unsigned)(h & 0x8000) << 16;
  return x.f;
}
static inline __attribute__((unused)) unsigned short ansor_to_float16(float f) {
  union { float f; unsigned u; } x = { f };
  const unsigned sign = x.u >> 16 & 0x8000, size = x.u & 0x7fffffff;
  if (size > 0x7f800000) return (unsigned short)(sign | 0x7e00);
  if (size >= 0x477ff000) return (unsigned short)(sign | 0x7c00);
  if (size < 0x38800000) {
    x.u = size;
    x.f += 0.5f;
    return (unsigned short)(sign | (x.u - 0x3f000000));
  }
  return (unsigned short)(sign | ((size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13));
}
static inline __attribute__((unused)) long ansor_fmod(long a, long b) { const long r = a % b; return r + ((r != 0) & ((r < 0) != (b < 0))) * b; }
`;
