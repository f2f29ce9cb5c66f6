/**
 * Procedures: operators that are no tensor expressions (sorting, scattering, suppression) as small imperative programs over flat
 * buffers. Each is described once; C and WebAssembly print it (target/) and `interpret.ts` runs it, for tests and for constants.
 *
 * Integers wrap around as their types do. Division of integers cuts off and its divisor must not be 0. Indices are elements from the
 * buffer's start; a procedure itself must see to it that they lie inside, whatever its data says.
 */
import type { Buffer } from '../buffer.js';
import { isHalf, type DType } from '../dtype.js';

/** What is computed with: narrow integers and bool are loaded as int32, half precision as float32, and converted when they are stored. */
export type ScalarType = 'int32' | 'uint32' | 'int64' | 'uint64' | 'float32' | 'float64';

/** The type that an element has when it is loaded. */
export function loadedType(dtype: DType): ScalarType {
  if (isHalf(dtype)) return 'float32';
  switch (dtype) {
    case 'uint32': case 'int64': case 'uint64': case 'float32': case 'float64': return dtype;
    default: return 'int32';
  }
}

/** A variable of the whole procedure. Identity by reference; 0 at the start. */
export interface Local { readonly name: string; readonly type: ScalarType }

export type TermOp = 'add' | 'sub' | 'mul' | 'div' | 'mod' | 'bitwise_and' | 'bitwise_or' | 'bitwise_xor';
export type UnaryOp = 'neg' | 'abs' | 'floor' | 'ceil' | 'round' | 'sqrt';
export type CompareOp = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

/** Truth values are int32: 0 or 1. */
export type Term =
  | { readonly kind: 'const'; readonly value: number; readonly type: ScalarType }
  | { readonly kind: 'local'; readonly local: Local; readonly type: ScalarType }
  | { readonly kind: 'load'; readonly buffer: Buffer; readonly index: Term; readonly type: ScalarType }
  | { readonly kind: 'binary'; readonly op: TermOp; readonly a: Term; readonly b: Term; readonly type: ScalarType }
  /** Of floats; `round` goes to the nearest, ties to even. */
  | { readonly kind: 'unary'; readonly op: UnaryOp; readonly a: Term; readonly type: ScalarType }
  | { readonly kind: 'compare'; readonly op: CompareOp; readonly a: Term; readonly b: Term; readonly type: 'int32' }
  /** The second one is evaluated only where the first one does not decide. */
  | { readonly kind: 'and' | 'or'; readonly a: Term; readonly b: Term; readonly type: 'int32' }
  | { readonly kind: 'not'; readonly a: Term; readonly type: 'int32' }
  /** Only the chosen one is evaluated. */
  | { readonly kind: 'choose'; readonly cond: Term; readonly then: Term; readonly else: Term; readonly type: ScalarType }
  /** Floats become integers by cutting off; what an integer type has not becomes some value of the type. */
  | { readonly kind: 'cast'; readonly a: Term; readonly type: ScalarType };

export type Statement =
  | { readonly kind: 'set'; readonly local: Local; readonly value: Term }
  | { readonly kind: 'store'; readonly buffer: Buffer; readonly index: Term; readonly value: Term }
  /** `local` from `from` up to but not including `below`, which is evaluated once; the body does not set it. */
  | { readonly kind: 'for'; readonly local: Local; readonly from: Term; readonly below: Term; readonly body: readonly Statement[] }
  | { readonly kind: 'while'; readonly cond: Term; readonly body: readonly Statement[] }
  | { readonly kind: 'if'; readonly cond: Term; readonly then: readonly Statement[]; readonly else: readonly Statement[] };

export interface Procedure {
  /** What it computes, usable in a symbol: `top_k`. */
  readonly name: string;
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
  /** Memory that it needs while it runs; undefined at the start. */
  readonly scratch: readonly Buffer[];
  readonly locals: readonly Local[];
  readonly body: readonly Statement[];
}
