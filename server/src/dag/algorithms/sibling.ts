/**
 * Other algorithms for an operator: a DAG that computes the same from the same inputs, but for rounding, with one constant input in another form. The
 * original picks the algorithm by a rule before it tunes; siblings are tasks of their own, of which the faster is kept.
 */
import type { Buffer } from '../../ir/buffer.js';
import type { ComputeDag } from '../compute-dag.js';

export interface Sibling {
  /** As people read it: `winograd F(4, 3)`. */
  readonly algorithm: string;
  /** What names of tasks get: `winograd4`. */
  readonly suffix: string;
  readonly dag: ComputeDag;
  /** The constant placeholder of the operator that is replaced. */
  readonly replaced: Buffer;
  /** What stands for it in `dag`. */
  readonly constant: Buffer;
  /** The elements of `constant`, row-major, from those of `replaced`. */
  readonly transform: (elements: ArrayLike<number>) => Float32Array;
}
