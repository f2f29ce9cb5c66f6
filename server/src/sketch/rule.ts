/** The face of a sketch rule (Ansor, section 4.1: derivation rules). */
import type { State } from '../schedule/state.js';
import type { SketchContext } from './context.js';

/** `skip`: does not apply. `apply`: its results are added and later rules are tried too. `only`: later rules are not tried. */
export type RuleDecision = 'skip' | 'apply' | 'only';

/** A state and the stage to look at next: rules go from the last stage to the first. Below 0: the sketch is complete. */
export interface Derivation { readonly state: State; readonly stage: number }

export interface SketchRule {
  readonly name: string;
  condition(ctx: SketchContext, state: State, stage: number): RuleDecision;
  apply(ctx: SketchContext, state: State, stage: number): readonly Derivation[];
}
