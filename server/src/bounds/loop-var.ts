/**
 * Iterators of a scheduled stage as bound inference sees them: root axes, parts of splits, fused iterators, and the relations
 * between them (TVM: IterVar and IterVarRelation). Scratch objects of one analysis, filled in step by step.
 */
import { constantSum, IndexVar, variableSum, type Sum } from '../ir/affine.js';
import { variable } from '../ir/expr.js';
import type { Annotation } from '../schedule/state.js';
import type { Region } from './region.js';

const ZERO = constantSum(0);

export class LoopVar extends IndexVar {
  /** Where it starts; the variable itself counts from 0. Not 0 for root axes only. */
  min: Sum = ZERO;
  /** Number of iterations; of a symbolic extent the largest possible one. */
  extent = 0;
  /** The extent when it depends on outer iterators. */
  symbolic: Sum | undefined = undefined;
  annotation: Annotation = 'none';
  /** auto_unroll_max_step of a pragma on this iterator. */
  pragma: number | undefined = undefined;
  /** A leaf made from this iterator is bound to a thread. */
  threadBelow = false;
  /** Stems from spatial axes, from reduce axes (both for a fusion of the two). */
  spatial = false;
  reduce = false;
  /** The iterator on which attached stages hang after this one was split (innermost part) or fused as last operand. */
  successor: LoopVar | undefined = undefined;
  /** Set while its whole range is being taken in by a region. */
  relaxed = false;
  /** The region of its whole range; made when first asked for, after ranges are set. */
  whole: Region | undefined = undefined;
  /** The variable as a sum. */
  readonly self: Sum;

  constructor(readonly name: string, readonly slot: number) {
    super(variable(name));
    this.self = variableSum(this);
  }
}

/** `parent` = outer * extent(inner) + inner; `length` is the inner part's (`byParts`: the outer part's). */
export interface SplitRelation { readonly kind: 'split'; readonly parent: LoopVar; readonly outer: LoopVar; readonly inner: LoopVar; readonly length: number; readonly byParts: boolean }
/** `fused` = outer * extent(inner) + inner. */
export interface FuseRelation { readonly kind: 'fuse'; readonly outer: LoopVar; readonly inner: LoopVar; readonly fused: LoopVar }
/** An iterator of extent 1 over nothing (fusion of no iterators). */
export interface SingletonRelation { readonly kind: 'singleton'; readonly fused: LoopVar }
export type Relation = SplitRelation | FuseRelation | SingletonRelation;

/** GPU axes: blockIdx, threadIdx and vthread. */
export function isThread(annotation: Annotation): boolean {
  switch (annotation) {
    case 'vthread': case 'blockIdx.x': case 'blockIdx.y': case 'blockIdx.z': case 'threadIdx.x': case 'threadIdx.y': case 'threadIdx.z': return true;
    default: return false;
  }
}

/** Rank of a thread tag: 0 for blocks, 1 for threads and virtual threads. */
export function threadRank(annotation: Annotation): number {
  return annotation.startsWith('blockIdx') ? 0 : 1;
}
