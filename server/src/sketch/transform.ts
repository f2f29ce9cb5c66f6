/** Transform steps as rules make them: extents filled in, new stages' and iterators' numbers given back. All may throw ScheduleError. */
import { applyStep } from '../schedule/apply.js';
import type { Annotation, Iterator, Stage, State } from '../schedule/state.js';
import { ScheduleError } from '../schedule/step.js';

export function stageOf(state: State, id: number): Stage {
  const stage = state.stages[id];
  if (stage === undefined) throw new ScheduleError('bounds', `there is no stage ${id}`);
  return stage;
}

/** The extent if it is a known number, else -1 (as the original has it in its products). */
export function extentOf(iter: Iterator | undefined): number {
  const extent = iter?.range?.extent;
  return typeof extent === 'number' ? extent : -1;
}

export function annotate(state: State, stage: number, iter: number, annotation: Annotation): State {
  return applyStep(state, { kind: 'AN', stage, iter, annotation });
}

export function fuse(state: State, stage: number, iters: readonly number[]): State {
  return applyStep(state, { kind: 'FU', stage, iters });
}

/** Fuses `count` neighbours from `first` on, unless it is one alone. The result is iterator `first`. */
export function fuseIfSeveral(state: State, stage: number, first: number, count: number): State {
  return count === 1 ? state : fuse(state, stage, Array.from({ length: count }, (_, i) => first + i));
}

export function split(state: State, stage: number, iter: number, lengths: readonly (number | null)[]): State {
  const extent = Math.max(0, extentOf(stageOf(state, stage).iters[iter]));
  return applyStep(state, { kind: 'SP', stage, iter, extent, lengths, innerToOuter: true });
}

/** A split into `parts` loops whose lengths are open. */
export function splitOpen(state: State, stage: number, iter: number, parts: number): State {
  return split(state, stage, iter, new Array<null>(parts - 1).fill(null));
}

export function followSplit(state: State, stage: number, iter: number, source: number, nSplit: number): State {
  return applyStep(state, { kind: 'FSP', stage, iter, source, nSplit });
}

export function reorder(state: State, stage: number, order: readonly number[]): State {
  return applyStep(state, { kind: 'RE', stage, order });
}

export function computeAt(state: State, stage: number, target: number, targetIter: number): State {
  return applyStep(state, { kind: 'CA', stage, target, targetIter });
}

export function computeInline(state: State, stage: number): State {
  return applyStep(state, { kind: 'CI', stage });
}

export function computeRoot(state: State, stage: number): State {
  return applyStep(state, { kind: 'CR', stage });
}

/** The cache is stage `stage` afterwards, the copy `stage + 1`. */
export function cacheWrite(state: State, stage: number, scope: string): State {
  return applyStep(state, { kind: 'CHW', stage, scope });
}

/** The cache is stage `stage + 1` afterwards. */
export function cacheRead(state: State, stage: number, scope: string, readers: readonly number[]): State {
  return applyStep(state, { kind: 'CHR', stage, scope, readers });
}

/** The partial results are stage `stage` afterwards. */
export function rfactor(state: State, stage: number, iter: number, factorIter: number): State {
  return applyStep(state, { kind: 'RF', stage, iter, factorIter });
}
