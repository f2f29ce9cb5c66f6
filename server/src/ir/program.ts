/**
 * Loop-nest programs: what lowering makes of a loop state, what features are read from and code is printed from.
 * The form is that of TVM's un-flattened TIR (see docs/architecture.md): buffers keep their dimensions and their full shape,
 * indices are absolute; `realize` says which region of a buffer lives there.
 */
import type { Buffer } from './buffer.js';
import type { Expr, Var } from './expr.js';

export type LoopKind = 'serial' | 'parallel' | 'vectorize' | 'unroll';
export type ThreadTag = 'blockIdx.x' | 'blockIdx.y' | 'blockIdx.z' | 'threadIdx.x' | 'threadIdx.y' | 'threadIdx.z' | 'vthread';

/** `for var in [0, extent)`; extents are constants of at least 2 (loops of extent 1 are substituted away). */
export interface For { readonly kind: 'for'; readonly var: Var; readonly extent: number; readonly loop: LoopKind; readonly body: Stmt }
/** A GPU thread (or virtual thread) axis around `body`; stays even with extent 1. */
export interface ThreadAxis { readonly kind: 'thread'; readonly var: Var; readonly extent: number; readonly tag: ThreadTag; readonly body: Stmt }
/** Loops inside whose unrolled size stays within `autoUnrollMaxStep` statements are unrolled (record step PR). */
export interface Pragma { readonly kind: 'pragma'; readonly autoUnrollMaxStep: number; readonly body: Stmt }
export interface Region { readonly min: Expr; readonly extent: number }
/** `buffer` lives around `body`; only `region` (one entry per dimension) of it is touched. */
export interface Realize { readonly kind: 'realize'; readonly buffer: Buffer; readonly region: readonly Region[]; readonly scope: StorageScope; readonly body: Stmt }
export type StorageScope = 'global' | 'shared' | 'local';
export interface Store { readonly kind: 'store'; readonly buffer: Buffer; readonly indices: readonly Expr[]; readonly value: Expr }
/** `likely` marks the bound check of an imperfect tile. */
export interface If { readonly kind: 'if'; readonly cond: Expr; readonly likely: boolean; readonly body: Stmt }
export interface Seq { readonly kind: 'seq'; readonly stmts: readonly Stmt[] }
/** The opaque all-reduce of a cross-thread reduction: `result[0]` = combination of `source` over the threads. */
export interface AllReduce { readonly kind: 'allreduce'; readonly combiner: Combiner; readonly source: Expr; readonly result: Buffer; readonly threads: readonly Var[] }

export type Stmt = For | ThreadAxis | Pragma | Realize | Store | If | Seq | AllReduce;

/** How a reduction combines: its neutral values are 0, 1, -inf (lowest) and +inf (highest). */
export type Combiner = 'add' | 'mul' | 'max' | 'min';

/** All elements of a tensor are zero but those whose index along `dimension` is `residue` modulo `modulus`. */
export interface ZeroGrid { readonly dimension: number; readonly modulus: number; readonly residue: number }

/**
 * `params`: the placeholders in order of discovery, then the outputs. `body` realises the outputs too. `zeros`: where intermediate tensors are
 * zero by construction, so that products with them may be left out.
 */
export interface Program { readonly inputs: readonly Buffer[]; readonly outputs: readonly Buffer[]; readonly body: Stmt; readonly zeros?: ReadonlyMap<Buffer, readonly ZeroGrid[]> }
