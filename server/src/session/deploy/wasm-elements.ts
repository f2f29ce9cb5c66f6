/** Elements of deployed networks as typed arrays. */
import type { DType } from '../../ir/dtype.js';

export type Elements = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array;

/** A view of bytes that nobody else holds; halves of both kinds come as their 16 bits, truth values as 0 and 1. */
export function elementsOf(dtype: DType, bytes: Uint8Array<ArrayBufferLike>): Elements {
  const own = bytes.slice().buffer;
  switch (dtype) {
    case 'float32': return new Float32Array(own);
    case 'float64': return new Float64Array(own);
    case 'float16': case 'bfloat16': case 'uint16': return new Uint16Array(own);
    case 'int8': return new Int8Array(own);
    case 'uint8': case 'bool': return new Uint8Array(own);
    case 'int16': return new Int16Array(own);
    case 'int32': return new Int32Array(own);
    case 'uint32': return new Uint32Array(own);
    case 'int64': return new BigInt64Array(own);
    case 'uint64': return new BigUint64Array(own);
  }
}

/** `model.d.ts`. */
export const MODEL_TYPES = `/** The network of this folder; see manifest.json. */
export type Elements = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array;
export interface TensorType {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
}
export interface OutputTensor {
  readonly dtype: string;
  /** The actual one, also where the model alone decides it in each run. */
  readonly shape: readonly number[];
  /** Dense, row-major; float16 and bfloat16 as their 16 bits, bool as 0 and 1. */
  readonly data: Elements;
}
export interface Model {
  /** One for each choice of the symbolic dimensions. */
  readonly bindings: readonly { readonly dims: Readonly<Record<string, number>>; readonly inputs: readonly TensorType[]; readonly outputs: readonly TensorType[] }[];
  /** Elements by the inputs' names; shapes choose the binding (default: the first whose sizes fit). Throws an Error where none fits. */
  run(inputs: Readonly<Record<string, Elements>>, shapes?: Readonly<Record<string, readonly number[]>>): Record<string, OutputTensor>;
}
/** Reads the files beside model.js, or below base (a URL that ends with a slash). */
export function load(base?: string | URL): Promise<Model>;
`;
