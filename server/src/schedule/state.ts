/**
 * Loop states (Ansor, section 4): a DAG, the stages with their iterators, where each stage is computed, and the steps that led here.
 * Everything is frozen; a step returns a new state.
 */
import type { ComputeDag } from '../dag/compute-dag.js';
import type { Op } from '../dag/op.js';
import type { Expr } from '../ir/expr.js';
import type { TransformStep } from './step.js';

/** In the order of the record's numbers (AN step). */
export const ANNOTATIONS = [
  'none', 'unroll', 'vectorize', 'parallel', 'vthread', 'blockIdx.x', 'threadIdx.x', 'blockIdx.y', 'threadIdx.y', 'blockIdx.z', 'threadIdx.z', 'tensorize',
] as const;
export type Annotation = (typeof ANNOTATIONS)[number];

export type IteratorKind = 'spatial' | 'reduction' | 'mixed' | 'special';

/** A bound: a number, or after bound inference a symbolic expression (in normal form) where it depends on outer loops. */
export type Bound = number | Expr;
export interface Range { readonly min: Bound; readonly extent: Bound }

export interface Iterator {
  /** E.g. `i.0`, `i.0@j.0@`. */
  readonly name: string;
  /** Names of the original axes it stems from, in order of first appearance. */
  readonly origins: readonly string[];
  readonly kind: IteratorKind;
  readonly annotation: Annotation;
  /** Undefined after a step that clears it (CA, CR, a split with an open length) until bounds are inferred. */
  readonly range: Range | undefined;
}

export type ComputeAt = 'root' | 'inlined' | 'iter';

export interface Stage {
  readonly op: Op;
  readonly iters: readonly Iterator[];
  readonly computeAt: ComputeAt;
  /** 0: none. */
  readonly autoUnrollMaxStep: number;
  readonly storageOffset: number;
}

/** Stage `stage` is computed at iterator `iter` of stage `target`. */
export interface Attachment { readonly stage: number; readonly target: number; readonly iter: number }

export interface State {
  /** The DAG as written, before any stage-creating step; replay starts from it. */
  readonly initialDag: ComputeDag;
  /** The DAG with the stages that CHR, CHW and RF added; `dag.ops[i]` is `stages[i].op`. */
  readonly dag: ComputeDag;
  readonly stages: readonly Stage[];
  /** In the order in which their CA steps were made (also the order of printing). */
  readonly attachments: readonly Attachment[];
  readonly steps: readonly TransformStep[];
  /** False while some split has an open (null) length, as in sketches. */
  readonly concrete: boolean;
}
