/** From a state whose steps changed to one whose loops agree with them. */
import { inferBounds } from '../bounds/infer-bounds.js';
import { replay } from '../schedule/apply.js';
import type { State } from '../schedule/state.js';
import { ScheduleError } from '../schedule/step.js';

/**
 * The state with its ranges inferred. Splits are read from the steps, so that only the stages of an RF step, whose shapes
 * depend on a split, need the steps to be replayed first. Throws ScheduleError.
 */
export function settle(state: State): State {
  return inferBounds(state.steps.some((step) => step.kind === 'RF') ? replay(state.initialDag, state.steps) : state);
}

/** `attempt`'s result; undefined if the transforms that it makes are illegal. */
export function unlessIllegal<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof ScheduleError) return undefined;
    throw error;
  }
}

export function boundOrUndefined(state: State): State | undefined {
  return unlessIllegal(() => settle(state));
}
