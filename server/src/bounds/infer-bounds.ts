/** Bound inference as a function from loop states to loop states. */
import { constantOf, sumToExpr, type Sum } from '../ir/affine.js';
import type { Bound, Iterator, Stage, State } from '../schedule/state.js';
import { ScheduleError } from '../schedule/step.js';
import { analyseSchedule, type Analysis } from './analyse.js';
import type { LoopVar } from './loop-var.js';
import type { StageSchedule } from './stage-schedule.js';
import { ThreadNames } from './thread-names.js';

/**
 * The state with every iterator's range set; minima and extents that depend on outer iterators are expressions in normal form.
 * Throws ScheduleError('bounds') for attachments that do not cover all readers, and for open splits.
 */
export function inferBounds(state: State): State {
  return boundState(analyseSchedule(state));
}

/** The state that was analysed, with the inferred ranges. */
export function boundState(analysis: Analysis): State {
  const { state } = analysis;
  const threads = new ThreadNames();
  const stages = state.stages.map((stage, i) => boundStage(stage, analysis.stages[i] as StageSchedule, threads));
  return Object.freeze({
    initialDag: state.initialDag, dag: state.dag, stages: Object.freeze(stages), attachments: state.attachments, steps: state.steps,
    concrete: state.concrete,
  });
}

function boundStage(stage: Stage, schedule: StageSchedule, threads: ThreadNames): Stage {
  if (stage.op.kind === 'placeholder' || schedule.inlined) return stage;
  if (stage.iters.length !== schedule.leaves.length - schedule.hidden) throw new ScheduleError('bounds', `iterators of ${stage.op.name} do not fit its steps`);
  const iters = stage.iters.map((iter, i) => boundIterator(iter, schedule.leaves[i] as LoopVar, threads));
  return Object.freeze({
    op: stage.op, iters: Object.freeze(iters), computeAt: stage.computeAt, autoUnrollMaxStep: stage.autoUnrollMaxStep,
    storageOffset: stage.storageOffset,
  });
}

function boundIterator(iter: Iterator, v: LoopVar, threads: ThreadNames): Iterator {
  const min = boundOf(threads.renamed(v.min));
  const extent = v.symbolic === undefined ? v.extent : sumToExpr(threads.renamed(v.symbolic));
  const old = iter.range;
  if (old !== undefined && old.min === min && old.extent === extent) return iter;
  return Object.freeze({
    name: iter.name, origins: iter.origins, kind: iter.kind, annotation: iter.annotation, range: Object.freeze({ min, extent }),
  });
}

function boundOf(s: Sum): Bound {
  return constantOf(s) ?? sumToExpr(s);
}
