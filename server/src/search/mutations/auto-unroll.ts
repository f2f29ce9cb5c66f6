/**
 * Unroll mutation (Ansor, section 5.1 "pragma mutation"; TVM: MutateAutoUnroll): draws a new unroll limit for one stage.
 *   before: C auto_unroll: 16      after: C auto_unroll: 512
 */
import type { Stage } from '../../schedule/state.js';
import type { TransformStep } from '../../schedule/step.js';
import { finalStageId } from '../../schedule/stage-ids.js';
import { unrollLimits, unrollPragma } from '../../sketch/population/unroll.js';
import type { Mutation } from './mutation.js';

const PREFIX = unrollPragma(0).slice(0, -1);

export function autoUnroll(weight: number): Mutation {
  return {
    name: 'AutoUnroll', weight, readsRanges: false, isNumeric: () => true,
    onNumbers(ctx, { unrolls }, numbers, rng) {
      const place = unrolls[rng.int(Math.max(1, unrolls.length))];
      if (place === undefined) return false;
      const limits = unrollLimits(ctx);
      numbers[place.offset] = limits[rng.int(limits.length)] ?? 0;
      return true;
    },
    apply(ctx, state, rng) {
      const pragmas: number[] = [];
      state.steps.forEach((step, i) => {
        if (step.kind === 'PR' && step.pragma.startsWith(PREFIX)) pragmas.push(i);
      });
      const at = pragmas[rng.int(Math.max(1, pragmas.length))];
      const old = at === undefined ? undefined : state.steps[at];
      if (at === undefined || old?.kind !== 'PR') return undefined;
      const limits = unrollLimits(ctx);
      const limit = limits[rng.int(limits.length)] ?? 0;
      const steps: TransformStep[] = state.steps.slice();
      steps[at] = { kind: 'PR', stage: old.stage, iter: old.iter, pragma: unrollPragma(limit) };
      const stage = finalStageId(state.steps, old.stage, at);
      const stages = state.stages.map((s, id): Stage => (id === stage ? { ...s, autoUnrollMaxStep: limit } : s));
      return { initialDag: state.initialDag, dag: state.dag, stages, attachments: state.attachments, steps, concrete: state.concrete };
    },
  };
}
