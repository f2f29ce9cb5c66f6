/**
 * A complete program in the search: a shape and its numbers. State, text and features are made when they are asked for, as most candidates
 * are only scored.
 */
import { analyseSchedule } from '../bounds/analyse.js';
import { boundState } from '../bounds/infer-bounds.js';
import type { Shape } from '../features/numeric/shape.js';
import type { State } from '../schedule/state.js';
import { stateText } from '../schedule/state-text.js';

export interface Candidate {
  /** Its steps as the search made them; ranges may be out of date. */
  readonly source: State;
  /** Bounds are inferred: ready to be lowered. */
  readonly state: State;
  /** The state's text: its identity for whoever compares programs made by different steps. */
  readonly text: string;
  /** Rows of the cost model's features, one per written buffer. */
  readonly features: Float32Array;
  /** The cost model's prediction in the round in which it was last looked at; the higher the faster. */
  readonly score: number;
}

/** A candidate that is known already. */
export function candidateOf(state: State, features: Float32Array): Candidate {
  return { source: state, state, text: stateText(state), features, score: -Infinity };
}

/** What the search says of a genome in a round. */
export type Verdict = 'unknown' | 'valid' | 'invalid';

/** The search's own candidates; scratch of a round in `score`, `round` and `verdict`. */
export class Genome implements Candidate {
  score = -Infinity;
  /** The round in which it was looked at last. */
  round = -1;
  verdict: Verdict = 'unknown';
  private made: State | undefined = undefined;
  private bound: State | undefined = undefined;
  private rows: Float32Array | undefined = undefined;

  /** `numbers` stay as they are. `ownText`: if it is known. */
  constructor(
    readonly shape: Shape, readonly numbers: Float64Array, readonly hash: number, private readonly featuresOf: (genome: Genome) => Float32Array,
    private ownText: string | undefined = undefined,
  ) {}

  get source(): State {
    return (this.made ??= this.shape.state(this.numbers));
  }

  get state(): State {
    return (this.bound ??= boundState(analyseSchedule(this.source)));
  }

  get text(): string {
    return (this.ownText ??= stateText(this.state));
  }

  get features(): Float32Array {
    return (this.rows ??= this.featuresOf(this));
  }

  same(other: Genome): boolean {
    if (this.shape !== other.shape && this.shape.name !== other.shape.name) return false;
    for (let i = 0; i < this.shape.count; i++) if (this.numbers[i] !== other.numbers[i]) return false;
    return true;
  }
}
