/** Operations of a compute DAG: one per tensor. */
import type { Buffer } from '../ir/buffer.js';
import type { Expr, Var } from '../ir/expr.js';
import type { Combiner } from '../ir/program.js';

/** A root axis: `var` runs over [min, min + extent). */
export interface Axis { readonly var: Var; readonly min: number; readonly extent: number; readonly kind: 'spatial' | 'reduce' }

/** An input. `constant`: known at compile time, so that its layout may be rewritten (original: layout_free_placeholders). */
export interface PlaceholderOp { readonly kind: 'placeholder'; readonly name: string; readonly output: Buffer; readonly constant: boolean }

export type Body =
  | { readonly kind: 'expr'; readonly value: Expr }
  | { readonly kind: 'reduce'; readonly combiner: Combiner; readonly source: Expr };

/** Attributes of spec section 9: lists are iterator names. */
export interface OpAttrs {
  readonly alwaysUnrollInner?: readonly string[];
  readonly noSplitAtInner?: readonly string[];
  readonly simplifyConstTensorIndices?: readonly string[];
  readonly constMatrix?: boolean;
  /** Overrides the counted floating-point operations. */
  readonly flop?: number;
}

/** `output[axes] = body` or `output[axes] combiner= source over reduceAxes`. `name` is the stage's name in texts. */
export interface ComputeOp {
  readonly kind: 'compute';
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly reduceAxes: readonly Axis[];
  readonly body: Body;
  readonly output: Buffer;
  readonly attrs: OpAttrs;
}

export type Op = PlaceholderOp | ComputeOp;
