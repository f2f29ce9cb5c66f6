/** The face of a mutation (Ansor, section 5.1): a neighbour of a complete program. */
import type { Rng } from '../../base/rng.js';
import type { State } from '../../schedule/state.js';
import type { SketchContext } from '../../sketch/context.js';

export interface Mutation {
  readonly name: string;
  /** Relative frequency. */
  readonly weight: number;
  /** Looks at the ranges of loops, which are then to be right. */
  readonly readsRanges: boolean;
  /** A changed state whose bounds are to be inferred again; undefined if the draw leads nowhere. */
  apply(ctx: SketchContext, state: State, rng: Rng): State | undefined;
}
