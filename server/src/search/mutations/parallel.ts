/**
 * Parallel mutation (Ansor, section 5.1; TVM: MutateParallel): fuses more or fewer outermost loops into the parallel one.
 *   before: parallel i.0@j.0@ { for i.1 }      after: parallel i.0@j.0@i.1@ { ... }
 */
import { replay, replayFrom } from '../../schedule/apply.js';
import { hasAttached } from '../../schedule/attachments.js';
import type { State } from '../../schedule/state.js';
import { insertedStage } from '../../schedule/stage-ids.js';
import type { TransformStep } from '../../schedule/step.js';
import { unlessIllegal } from '../../sketch/settle.js';
import { stageOf } from '../../sketch/transform.js';
import type { Mutation } from './mutation.js';

/** Leading loops of stage `id` that may be fused. */
function fusable(state: State, id: number): number {
  const { iters } = stageOf(state, id);
  let n = 0;
  while (n < iters.length && iters[n]?.kind !== 'reduction' && iters[n]?.annotation === 'none' && !hasAttached(state, id, n)) n++;
  return n;
}

/** A later step on the stage whose loops moved by `offset`; undefined if it cannot follow. */
function moved(step: TransformStep, stage: number, offset: number): TransformStep | undefined {
  if (insertedStage(step) !== undefined) return undefined;
  if (step.stage !== stage) return step;
  if (step.kind !== 'AN' && step.kind !== 'PR') return undefined;
  return step.iter === 0 ? step : { ...step, iter: step.iter + offset };
}

export function parallel(weight: number): Mutation {
  return {
    name: 'Parallel', weight, readsRanges: false, isNumeric: () => false,
    apply(_ctx, state, rng) {
      const fusions: number[] = [];
      state.steps.forEach((step, i) => {
        const before = state.steps[i - 1];
        if (step.kind === 'AN' && step.annotation === 'parallel' && step.iter === 0 && before?.kind === 'FU' && before.iters[0] === 0) fusions.push(i - 1);
      });
      const at = fusions[rng.int(Math.max(1, fusions.length))];
      const fusion = at === undefined ? undefined : state.steps[at];
      const annotation = at === undefined ? undefined : state.steps[at + 1];
      if (at === undefined || fusion?.kind !== 'FU' || annotation === undefined) return undefined;
      return unlessIllegal(() => {
        const before = replay(state.initialDag, state.steps.slice(0, at));
        const most = fusable(before, fusion.stage);
        if (most === 0) return undefined;
        const last = rng.int(most);
        const offset = (fusion.iters.at(-1) ?? 0) - last;
        if (offset === 0) return undefined;
        const rest: TransformStep[] = [{ kind: 'FU', stage: fusion.stage, iters: Array.from({ length: last + 1 }, (_, i) => i) }, annotation];
        for (const step of state.steps.slice(at + 2)) {
          const follower = moved(step, fusion.stage, offset);
          if (follower === undefined) return undefined;
          rest.push(follower);
        }
        return replayFrom(before, rest);
      });
    },
  };
}
