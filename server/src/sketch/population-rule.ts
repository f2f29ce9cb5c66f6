/** The face of a rule that fills in what a sketch leaves open, at random (Ansor, section 4.2). */
import type { Rng } from '../base/rng.js';
import type { State } from '../schedule/state.js';
import type { SketchContext } from './context.js';

export interface PopulationRule {
  readonly name: string;
  /** Undefined: the draw is not valid, and the sample is dropped. */
  apply(ctx: SketchContext, state: State, rng: Rng): State | undefined;
}
