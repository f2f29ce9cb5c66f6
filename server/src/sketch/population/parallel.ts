/**
 * Parallel (Ansor, section 4.2): fuses outermost loops of each root stage until there is work for all cores, and runs them in parallel.
 *   before: for i.0 { for j.0 { ... } }      after: parallel i.0@j.0@ { ... }
 */
import { attachedStages, hasAttached } from '../../schedule/attachments.js';
import type { State } from '../../schedule/state.js';
import type { PopulationRule } from '../population-rule.js';
import { annotate, extentOf, fuseIfSeveral, stageOf } from '../transform.js';

/** Iterations per core at which no more loops are fused. */
const TASKS_PER_CORE = 16;

/** Parallel loops for the nest of stage `id` from iterator `first` on: as many as have more than `limit` iterations. */
function parallelise(state: State, id: number, first: number, limit: number): State {
  const { iters } = stageOf(state, id);
  let degree = 1;
  let count = 0;
  let at = first;
  for (; at < iters.length; at++) {
    const iter = iters[at];
    if (iter === undefined || iter.kind === 'reduction' || iter.annotation !== 'none') break;
    count++;
    degree *= extentOf(iter);
    if (degree > limit || hasAttached(state, id, at)) break;
  }
  let now = state;
  if (degree === 1 && hasAttached(state, id, at)) {
    // These loops run once: the parallel work is in what they hold.
    for (const attached of attachedStages(state, id, at)) now = parallelise(now, attached, 0, limit);
    now = parallelise(now, id, at + 1, limit);
  }
  return count === 0 ? now : annotate(fuseIfSeveral(now, id, first, count), id, first, 'parallel');
}

/** Parallel loops for all root stages. */
export function parallelRoots(state: State, limit: number): State {
  let now = state;
  for (let id = 0; id < state.stages.length; id++) {
    const stage = stageOf(now, id);
    if (stage.op.kind === 'compute' && stage.computeAt === 'root') now = parallelise(now, id, 0, limit);
  }
  return now;
}

export const parallel: PopulationRule = {
  name: 'Parallel',
  apply: (ctx, state) => parallelRoots(state, ctx.task.hardware.numCores * TASKS_PER_CORE),
};
