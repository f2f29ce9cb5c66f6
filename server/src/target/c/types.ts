/** C spellings of element and vector types. */
import { HOST_STRUCT_C } from '../abi.js';
import type { DType } from '../../ir/dtype.js';

const C_TYPES: Readonly<Record<DType, string>> = {
  float32: 'float', float64: 'double', float16: '_Float16', bfloat16: '__bf16',
  int8: 'signed char', uint8: 'unsigned char', int16: 'short', int32: 'int', int64: 'long long', bool: 'unsigned char',
};

export function cType(dtype: DType): string {
  return C_TYPES[dtype];
}

/** The type of `lanes` elements; vectors are of float32. */
export function cVector(dtype: DType, lanes: number): string {
  return lanes === 1 ? cType(dtype) : `ansor_v${lanes}`;
}

/** Definitions at the head of a translation unit. Vectors may lie at any element's address. */
export const PRELUDE = `${HOST_STRUCT_C}
struct ansor_closure { void *const *tensors; unsigned char *workspace; long outer[8]; };
${[2, 4, 8, 16].map((n) => `typedef float ansor_v${n} __attribute__((vector_size(${n * 4}), aligned(4), may_alias));
typedef int ansor_m${n} __attribute__((vector_size(${n * 4}), aligned(4), may_alias));`).join('\n')}
static inline __attribute__((unused)) long ansor_fdiv(long a, long b) { long q = a / b; return a % b != 0 && (a % b < 0) != (b < 0) ? q - 1 : q; }
static inline __attribute__((unused)) long ansor_fmod(long a, long b) { long r = a % b; return r != 0 && (r < 0) != (b < 0) ? r + b : r; }
`;
