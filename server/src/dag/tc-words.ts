/** Words of the `.tc` language that cannot name a tensor or an index. Shared by its printer and its parser. */
import type { DType } from '../ir/dtype.js';
import { MATH_FUNCTIONS } from '../ir/math-functions.js';

/** Element types by the names that the language has for them; the first name of a type is the one that is printed. */
export const TYPE_NAMES: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['float', 'float32'], ['half', 'float16'], ['bfloat16', 'bfloat16'], ['double', 'float64'],
  ['int8', 'int8'], ['uint8', 'uint8'], ['int16', 'int16'], ['int32', 'int32'], ['int64', 'int64'], ['bool', 'bool'],
  ['uint16', 'uint16'], ['uint32', 'uint32'], ['uint64', 'uint64'],
  ['float32', 'float32'], ['float16', 'float16'], ['float64', 'float64'], ['int', 'int32'],
]);

export function typeName(dtype: DType): string {
  for (const [name, type] of TYPE_NAMES) if (type === dtype) return name;
  return dtype;
}

const KEYWORDS = ['def', 'const', 'where', 'in', 'as', 'sizes', 'true', 'false', 'inf', 'nan', 'select', 'fmax', 'fmin', 'max', 'min'];
const RESERVED: ReadonlySet<string> = new Set([...KEYWORDS, ...TYPE_NAMES.keys(), ...MATH_FUNCTIONS.keys()]);

export function isReserved(word: string): boolean {
  return RESERVED.has(word);
}
