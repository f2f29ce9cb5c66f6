/** A complete program in the search. */
import { analyseSchedule } from '../bounds/analyse.js';
import { boundState } from '../bounds/infer-bounds.js';
import type { State } from '../schedule/state.js';
import { stateText } from '../schedule/state-text.js';

export interface Candidate {
  /** Its steps as the search made them; ranges may be out of date. */
  readonly source: State;
  /** Names the steps: equal ones are one program. */
  readonly key: string;
  /** Bounds are inferred: ready to be lowered. Made when first asked for, as most candidates are only scored. */
  readonly state: State;
  /** The state's text: its identity for whoever compares programs made by different steps. Made when first asked for. */
  readonly text: string;
  /** Rows of the cost model's features, one per written buffer. */
  readonly features: Float32Array;
  /** The cost model's prediction in the round in which it was last looked at; the higher the faster. */
  readonly score: number;
}

/** What does not change with the cost model; shared by the candidates of a program. */
class SearchedProgram {
  private bound: State | undefined;
  private ownText: string | undefined;

  constructor(readonly source: State, readonly key: string, readonly features: Float32Array, known: { readonly state: State; readonly text: string } | undefined) {
    this.bound = known?.state;
    this.ownText = known?.text;
  }

  get state(): State {
    return (this.bound ??= boundState(analyseSchedule(this.source)));
  }

  get text(): string {
    return (this.ownText ??= stateText(this.state));
  }
}

class ScoredProgram implements Candidate {
  constructor(private readonly program: SearchedProgram, readonly score: number) {}

  get source(): State { return this.program.source; }
  get key(): string { return this.program.key; }
  get state(): State { return this.program.state; }
  get text(): string { return this.program.text; }
  get features(): Float32Array { return this.program.features; }

  withScore(score: number): Candidate {
    return new ScoredProgram(this.program, score);
  }
}

/** A candidate without a score; `known`: what has been made of it already. */
export function candidateOf(source: State, key: string, features: Float32Array, known?: { readonly state: State; readonly text: string }): Candidate {
  return new ScoredProgram(new SearchedProgram(source, key, features, known), -Infinity);
}

export function withScore(candidate: Candidate, score: number): Candidate {
  if (candidate instanceof ScoredProgram) return candidate.withScore(score);
  const { source, key, state, text, features } = candidate;
  return { source, key, state, text, features, score };
}
