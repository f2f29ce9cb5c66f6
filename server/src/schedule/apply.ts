/** Replaying transform steps: from a DAG and a list of steps to the loop state. */
import type { ComputeDag } from '../dag/compute-dag.js';
import { initialState } from './initial.js';
import type { State } from './state.js';
import type { TransformStep } from './step.js';
import { stepDefinition } from './steps/index.js';

/** The state after one more step. Throws ScheduleError if the step is illegal here; `state` is not changed. */
export function applyStep(state: State, step: TransformStep): State {
  return stepDefinition(step.kind).apply(state, step);
}

/** `state` after more steps. Throws ScheduleError at the first illegal one. */
export function replayFrom(state: State, steps: readonly TransformStep[]): State {
  let now = state;
  for (const step of steps) now = stepDefinition(step.kind).apply(now, step);
  return now;
}

/** The state that `steps` make of `dag`. Throws ScheduleError at the first illegal step. */
export function replay(dag: ComputeDag, steps: readonly TransformStep[]): State {
  return replayFrom(initialState(dag), steps);
}

/**
 * `state` with its steps' contents exchanged and nothing else: ranges stay as they are until bounds are inferred, which reads the
 * steps (spec sketch-rules, section 5: filling tile sizes). Where an RF step is among them, `dag` stays too, with the extents of
 * the old lengths; `replay(state.initialDag, steps)` has the new ones. `steps` must be as many and of the same kinds.
 */
export function withSteps(state: State, steps: readonly TransformStep[]): State {
  const concrete = steps.every((step) => step.kind !== 'SP' || !step.lengths.includes(null));
  return { initialDag: state.initialDag, dag: state.dag, stages: state.stages, attachments: state.attachments, steps, concrete };
}
