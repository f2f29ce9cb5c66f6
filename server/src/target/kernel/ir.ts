/**
 * Kernels: programs with flat addresses, explicit vectors and named registers. Every CPU target prints from this form, so that
 * register tiling and vectorisation are decided once (docs/architecture.md, "How a program becomes code").
 */
import type { Buffer } from '../../ir/buffer.js';
import type { DType } from '../../ir/dtype.js';
import type { Expr, Var } from '../../ir/expr.js';
import type { Linear } from './linear.js';

/** A local variable: a scalar (`lanes` 1) or a vector of `lanes` elements. */
export interface Register { readonly id: number; readonly lanes: number; readonly dtype: DType }

/**
 * `max(a, b)` is a > b ? a : b and `min(a, b)` is a < b ? a : b on every target, in every lane: with NaN on either side the result is b, so
 * that max(x, 0) of NaN is 0. Integer results wrap around; `div` of integers cuts off, `floordiv` and `floormod` round down.
 */
export type BinaryValueOp = 'add' | 'sub' | 'mul' | 'div' | 'floordiv' | 'floormod' | 'min' | 'max';

/** A value of `lanes` elements; scalars in vector context are splat. */
export type Value =
  | { readonly kind: 'const'; readonly value: number; readonly lanes: number; readonly dtype: DType }
  | { readonly kind: 'register'; readonly register: Register }
  /** `lanes` consecutive elements from `index`, or with `splat` one element in all lanes, or with `stride` every stride-th. */
  | { readonly kind: 'load'; readonly buffer: Buffer; readonly index: Linear; readonly lanes: number; readonly stride: number }
  /** One element at an address that is computed from loaded values. */
  | { readonly kind: 'gather'; readonly buffer: Buffer; readonly index: Value; readonly lanes: 1 }
  | { readonly kind: 'binary'; readonly op: BinaryValueOp; readonly a: Value; readonly b: Value; readonly lanes: number; readonly dtype: DType }
  /** a * b + c, fused where the machine has it. */
  | { readonly kind: 'fma'; readonly a: Value; readonly b: Value; readonly c: Value; readonly lanes: number; readonly dtype: DType }
  | { readonly kind: 'call'; readonly callee: string; readonly args: readonly Value[]; readonly lanes: number; readonly dtype: DType }
  /** Only the branch taken is evaluated; the condition is the same for all lanes. */
  | { readonly kind: 'branch'; readonly cond: Condition; readonly then: Value; readonly else: Value; readonly lanes: number; readonly dtype: DType }
  /** All lanes of `a` combined into one element, in any order. */
  | { readonly kind: 'across'; readonly op: 'add' | 'max' | 'min'; readonly a: Value; readonly lanes: 1; readonly dtype: DType }
  | { readonly kind: 'cast'; readonly a: Value; readonly lanes: number; readonly dtype: DType }
  /** An index expression as a number. */
  | { readonly kind: 'index'; readonly value: Expr; readonly lanes: number; readonly dtype: DType };

/** A truth value over index expressions and scalar values. */
export type Condition =
  | { readonly kind: 'index'; readonly expr: Expr }
  | { readonly kind: 'compare'; readonly op: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'; readonly a: Value; readonly b: Value }
  | { readonly kind: 'and' | 'or'; readonly a: Condition; readonly b: Condition }
  | { readonly kind: 'not'; readonly a: Condition };

export type KernelStmt =
  | { readonly kind: 'for'; readonly var: Var; readonly extent: number; readonly body: readonly KernelStmt[] }
  /** Outermost level only: iterations are spread over the threads. */
  | { readonly kind: 'parallel'; readonly var: Var; readonly extent: number; readonly body: readonly KernelStmt[] }
  | { readonly kind: 'if'; readonly cond: Condition; readonly body: readonly KernelStmt[] }
  /** Declares the register and sets it. */
  | { readonly kind: 'let'; readonly register: Register; readonly value: Value }
  | { readonly kind: 'set'; readonly register: Register; readonly value: Value }
  | { readonly kind: 'store'; readonly buffer: Buffer; readonly index: Linear; readonly value: Value; readonly lanes: number }
  /** A hint that the cache line of this element, which may lie behind the buffer's end, is read soon; targets without such an instruction leave it out. */
  | { readonly kind: 'prefetch'; readonly buffer: Buffer; readonly index: Linear };

/** The element type of a value. */
export function valueType(v: Value): DType {
  switch (v.kind) {
    case 'register': return v.register.dtype;
    case 'load': case 'gather': return v.buffer.dtype;
    default: return v.dtype;
  }
}

/** Where a buffer lies: a parameter, or a place in the workspace (offset in bytes, 64-aligned). */
export type Placement =
  | { readonly kind: 'param'; readonly position: number }
  | { readonly kind: 'shared'; readonly offset: number }
  /** One copy per worker. */
  | { readonly kind: 'worker'; readonly offset: number };

export interface Workspace { readonly sharedBytes: number; readonly threadBytes: number }

export interface Kernel {
  readonly symbol: string;
  readonly body: readonly KernelStmt[];
  readonly placements: ReadonlyMap<Buffer, Placement>;
  readonly workspace: Workspace;
  /** Inputs then outputs, as in the argument array. */
  readonly params: readonly Buffer[];
  /** How many of `params` are outputs (the last ones). */
  readonly outputCount: number;
  /** A name for each variable, unique within the kernel. */
  readonly names: ReadonlyMap<Var, string>;
}

/** What the code generator may use of the machine. */
export interface VectorUnit {
  /** Widest vector in bytes: 16, 32 or 64. */
  readonly bytes: number;
  /** Architectural vector registers: 16 or 32. */
  readonly registers: number;
}
