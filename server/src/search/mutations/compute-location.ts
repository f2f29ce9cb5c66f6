/**
 * Compute location mutation (Ansor, section 5.1; TVM: MutateComputeLocation): computes one of the stages that are not tiled at
 * another loop.
 *   before: CA pad at conv's rh.0      after: CA pad at conv's w.1
 */
import { replay } from '../../schedule/apply.js';
import type { State } from '../../schedule/state.js';
import { finalStageId } from '../../schedule/stage-ids.js';
import type { TransformStep } from '../../schedule/step.js';
import type { SketchContext } from '../../sketch/context.js';
import { computeLocations } from '../../sketch/compute-locations.js';
import { unlessIllegal } from '../../sketch/settle.js';
import { isTiled, needsTiling } from '../../sketch/stage-facts.js';
import { stageOf } from '../../sketch/transform.js';
import type { Mutation } from './mutation.js';

interface Move { readonly at: number; readonly stage: number; readonly shift: number }

function moves(ctx: SketchContext, state: State): Move[] {
  const found: Move[] = [];
  state.steps.forEach((step, at) => {
    if (step.kind !== 'CA') return;
    const stage = finalStageId(state.steps, step.stage, at);
    if (!isTiled(stageOf(state, stage)) && !needsTiling(ctx, state, stage)) found.push({ at, stage, shift: stage - step.stage });
  });
  return found;
}

export function computeLocation(weight: number): Mutation {
  return {
    name: 'ComputeLocation', weight, readsRanges: true, isNumeric: () => false,
    apply(ctx, state, rng) {
      if (ctx.params.disableChangeComputeLocation) return undefined;
      const all = moves(ctx, state);
      const move = all[rng.int(Math.max(1, all.length))];
      if (move === undefined) return undefined;
      const places = computeLocations(ctx, state, move.stage);
      const place = places[rng.int(Math.max(1, places.length))];
      if (place === undefined) return undefined;
      const steps: TransformStep[] = state.steps.slice();
      steps[move.at] = { kind: 'CA', stage: move.stage - move.shift, target: place.target - move.shift, targetIter: place.iter };
      return unlessIllegal(() => replay(state.initialDag, steps));
    },
  };
}
