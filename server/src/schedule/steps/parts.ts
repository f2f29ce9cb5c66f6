/** What the steps share: finding stages and iterators with readable errors, and making the next state. */
import type { ComputeOp } from '../../dag/op.js';
import type { Attachment, Bound, Iterator, Range, Stage, State } from '../state.js';
import { ScheduleError, type StepKind, type TransformStep } from '../step.js';

export function stageAt(state: State, kind: StepKind, id: number): Stage {
  const stage = state.stages[id];
  if (stage === undefined) throw new ScheduleError(kind, `there is no stage ${id}: the state has ${state.stages.length} stages`);
  return stage;
}

/** The stage and its operation, which must not be an input. */
export function computeStageAt(state: State, kind: StepKind, id: number): { stage: Stage; op: ComputeOp } {
  const stage = stageAt(state, kind, id);
  if (stage.op.kind !== 'compute') throw new ScheduleError(kind, `${stage.op.name} is an input and has no loops`);
  return { stage, op: stage.op };
}

export function iterAt(stage: Stage, kind: StepKind, id: number): Iterator {
  const iter = stage.iters[id];
  if (iter === undefined) throw new ScheduleError(kind, `${stage.op.name} has no iterator ${id}: it has ${stage.iters.length}`);
  return iter;
}

/** `stages` with one replaced. */
export function withStage(stages: readonly Stage[], id: number, stage: Stage): readonly Stage[] {
  const copy = stages.slice();
  copy[id] = stage;
  return copy;
}

export function withIters(stage: Stage, iters: readonly Iterator[]): Stage {
  return { op: stage.op, iters, computeAt: stage.computeAt, autoUnrollMaxStep: stage.autoUnrollMaxStep, storageOffset: stage.storageOffset };
}

/** The iterators with all ranges cleared. */
export function withoutRanges(iters: readonly Iterator[]): readonly Iterator[] {
  return iters.map((it) => (it.range === undefined ? it : { name: it.name, origins: it.origins, kind: it.kind, annotation: it.annotation, range: undefined }));
}

/** The state after `step` with new stages; the DAG stays. */
export function nextState(
  state: State, step: TransformStep, stages: readonly Stage[], attachments: readonly Attachment[] = state.attachments, concrete: boolean = state.concrete,
): State {
  return { initialDag: state.initialDag, dag: state.dag, stages, attachments, steps: appended(state.steps, step), concrete };
}

export function appended(steps: readonly TransformStep[], step: TransformStep): readonly TransformStep[] {
  const copy = steps.slice();
  copy.push(step);
  return copy;
}

/** For sentences: the name of a stage or iterator, or its number where there is none. */
export function stageName(state: State, id: number): string {
  return state.stages[id]?.op.name ?? `stage ${id}`;
}

export function iterName(state: State, stage: number, id: number): string {
  return state.stages[stage]?.iters[id]?.name ?? `iterator ${id}`;
}

/** `i (512)`, or `i` alone where the extent is not a known number. */
export function iterWithExtent(state: State, stage: number, id: number): string {
  const extent = state.stages[stage]?.iters[id]?.range?.extent;
  return typeof extent === 'number' ? `${iterName(state, stage, id)} (${extent})` : iterName(state, stage, id);
}

export function extentText(range: Range | undefined): string {
  const extent: Bound | undefined = range?.extent;
  return typeof extent === 'number' ? String(extent) : '?';
}
