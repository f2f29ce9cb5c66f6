/** The face of a mutation (Ansor, section 5.1): a neighbour of a complete program. */
import type { Rng } from '../../base/rng.js';
import type { Shape } from '../../features/numeric/shape.js';
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
  /** The same on the numbers of a shape, in place, with the same draws; false if the draw leads nowhere. Absent: it changes more than numbers. */
  onNumbers?(ctx: SketchContext, shape: Shape, numbers: Float64Array, rng: Rng): boolean;
  /** Whether all that it may change of this shape is numbers. */
  isNumeric(shape: Shape): boolean;
}
