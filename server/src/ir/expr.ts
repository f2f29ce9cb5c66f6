/**
 * Scalar expressions: values of tensor elements and indices. Nodes are frozen plain data; variables and buffers have
 * identity by reference. Nothing is simplified on construction (DAG texts print what was written).
 */
import type { Buffer } from './buffer.js';
import type { DType } from './dtype.js';

export interface Var { readonly kind: 'var'; readonly name: string; readonly dtype: DType }
export interface IntImm { readonly kind: 'int'; readonly value: number; readonly dtype: DType }
export interface FloatImm { readonly kind: 'float'; readonly value: number; readonly dtype: DType }

/** `floordiv` and `floormod` are integer operations; `div` is for floats. Comparisons and `and`/`or` give `bool`. */
export type BinaryOp =
  | 'add' | 'sub' | 'mul' | 'div' | 'floordiv' | 'floormod' | 'min' | 'max'
  | 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'and' | 'or';
export interface Binary { readonly kind: 'binary'; readonly op: BinaryOp; readonly a: Expr; readonly b: Expr; readonly dtype: DType }
export interface Not { readonly kind: 'not'; readonly a: Expr; readonly dtype: 'bool' }
/** Both branches are evaluated. */
export interface Select { readonly kind: 'select'; readonly cond: Expr; readonly then: Expr; readonly else: Expr; readonly dtype: DType }
export interface Cast { readonly kind: 'cast'; readonly a: Expr; readonly dtype: DType }
/**
 * A call: `callee` has TVM's name, e.g. `tir.exp`, `tir.sqrt`, `tir.tanh`, or `tir.if_then_else` (args: condition, then,
 * else), which evaluates only the branch taken.
 */
export interface Call { readonly kind: 'call'; readonly callee: string; readonly args: readonly Expr[]; readonly dtype: DType }
/** An element of a buffer; indices are absolute, one per dimension. */
export interface Load { readonly kind: 'load'; readonly buffer: Buffer; readonly indices: readonly Expr[]; readonly dtype: DType }

export type Expr = Var | IntImm | FloatImm | Binary | Not | Select | Cast | Call | Load;

export function variable(name: string, dtype: DType = 'int32'): Var {
  return Object.freeze({ kind: 'var', name, dtype });
}

export function int(value: number, dtype: DType = 'int32'): IntImm {
  return Object.freeze({ kind: 'int', value, dtype });
}

export function float(value: number, dtype: DType = 'float32'): FloatImm {
  return Object.freeze({ kind: 'float', value, dtype });
}

const BOOLEAN: ReadonlySet<BinaryOp> = new Set<BinaryOp>(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'and', 'or']);

/** The result has the type of `a`, or `bool` for comparisons and logic. Operands must agree (the type checker sees to it). */
export function binary(op: BinaryOp, a: Expr, b: Expr): Binary {
  return Object.freeze({ kind: 'binary', op, a, b, dtype: BOOLEAN.has(op) ? 'bool' : a.dtype });
}

export function not(a: Expr): Not {
  return Object.freeze({ kind: 'not', a, dtype: 'bool' });
}

export function select(cond: Expr, then: Expr, otherwise: Expr): Select {
  return Object.freeze({ kind: 'select', cond, then, else: otherwise, dtype: then.dtype });
}

export function cast(dtype: DType, a: Expr): Cast {
  return Object.freeze({ kind: 'cast', a, dtype });
}

export function call(callee: string, args: readonly Expr[], dtype: DType): Call {
  return Object.freeze({ kind: 'call', callee, args: Object.freeze(args.slice()), dtype });
}

export function ifThenElse(cond: Expr, then: Expr, otherwise: Expr): Call {
  return call('tir.if_then_else', [cond, then, otherwise], then.dtype);
}

export function load(buffer: Buffer, indices: readonly Expr[]): Load {
  return Object.freeze({ kind: 'load', buffer, indices: Object.freeze(indices.slice()), dtype: buffer.dtype });
}
