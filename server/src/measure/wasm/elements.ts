/** Typed views of a tensor's bytes. */
import type { DType } from '../../ir/dtype.js';
import { dtypeBytes } from '../../ir/dtype.js';

export type Elements = Float32Array | Float64Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** A view of `bytes` (a copy if it is not aligned). @throws RangeError for element types without a view */
export function elementsOf(bytes: Uint8Array, dtype: DType): Elements {
  const size = dtypeBytes(dtype);
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const of = [aligned.buffer, aligned.byteOffset, aligned.length / size] as const;
  switch (dtype) {
    case 'float32': return new Float32Array(...of);
    case 'float64': return new Float64Array(...of);
    case 'int32': return new Int32Array(...of);
    case 'uint32': return new Uint32Array(...of);
    case 'uint16': return new Uint16Array(...of);
    case 'int16': return new Int16Array(...of);
    case 'int8': return new Int8Array(...of);
    case 'uint8': case 'bool': return aligned;
    default: throw new RangeError(`tensors of ${dtype} cannot be used with WebAssembly yet`);
  }
}
