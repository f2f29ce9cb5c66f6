/** The loops around the statement that a walk stands at, outermost first: scratch of the feature extractor, changed in place. */
import { assert } from '../base/assert.js';
import type { Var } from '../ir/expr.js';

/** Depth limit, so that a set of loops fits LOOP_WORDS words of 32 bits. */
export const MAX_DEPTH = 128;
export const LOOP_WORDS = MAX_DEPTH / 32;

/** What a loop is to the features; a thread or virtual-thread axis counts as a loop without annotation. */
export const PLAIN = 0;
export const VECTORIZE = 1;
export const UNROLL = 2;
export const PARALLEL_LOOP = 3;
export type LoopClass = typeof PLAIN | typeof VECTORIZE | typeof UNROLL | typeof PARALLEL_LOOP;

export class LoopNest {
  depth = 0;
  private readonly vars: (Var | undefined)[] = [];
  readonly extents = new Float64Array(MAX_DEPTH);
  readonly classes = new Uint8Array(MAX_DEPTH);
  /** Key in the touch table. */
  readonly keys = new Int32Array(MAX_DEPTH);

  reset(): void {
    this.depth = 0;
    this.vars.length = 0;
  }

  push(v: Var | undefined, extent: number, loopClass: LoopClass, key: number): void {
    assert(this.depth < MAX_DEPTH, `at most ${MAX_DEPTH} nested loops`);
    this.vars[this.depth] = v;
    this.extents[this.depth] = extent;
    this.classes[this.depth] = loopClass;
    this.keys[this.depth++] = key;
  }

  pop(): void {
    this.depth--;
  }

  /** The position of the loop over `v`, or -1. */
  find(v: Var): number {
    let i = this.depth - 1;
    while (i >= 0 && this.vars[i] !== v) i--;
    return i;
  }
}
