/** A complete program in the search. */
import type { State } from '../schedule/state.js';

export interface Candidate {
  /** Bounds are inferred: ready to be lowered. */
  readonly state: State;
  /** The state's text: its identity in the search. */
  readonly text: string;
  /** Rows of the cost model's features, one per written buffer. */
  readonly features: Float32Array;
  /** The cost model's prediction in the round in which it was last looked at; the higher the faster. */
  readonly score: number;
}
