/** What the choice of a register tile depends on. */
import type { Cut } from './cuts.js';
import type { VectorUnit } from './ir.js';
import type { Linear } from './linear.js';
import type { Loop } from './nest.js';

export interface TileRequest {
  readonly loops: readonly Loop[];
  /** Flat address of the store. */
  readonly store: Linear;
  /** Flat addresses of the loads of the source. */
  readonly loads: readonly Linear[];
  readonly unit: VectorUnit;
  readonly elementBytes: number;
  /** The update follows directly on the store of the neutral value, which a full hoist makes unnecessary. */
  readonly initKnown: boolean;
  /** False: values cannot be formed lane by lane along this loop, with these vectors. */
  readonly vectorizable: (loop: Loop, cuts: readonly Cut[]) => boolean;
  /** May tiles leave a remainder? */
  readonly uneven: boolean;
  /** Most update statements to unroll (vectors). */
  readonly unrollLimit: number;
}

/** The part of the nest that a tile may reach over, and the lanes of its vectors. */
export interface Region {
  readonly start: number;
  readonly isReduce: readonly boolean[];
  readonly spatial: readonly number[];
  readonly mustBeWhole: (i: number) => boolean;
  readonly lane: number | undefined;
  readonly lanes: number;
  /** No reduction loop stands outside. */
  readonly covers: boolean;
}
