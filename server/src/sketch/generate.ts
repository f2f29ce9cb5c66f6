/**
 * Sketch generation (Ansor, section 4.1; TVM: SketchPolicy::GenerateSketches): from the last stage to the first, every rule
 * that applies derives new states. A sketch has its structure fixed and its tile sizes open.
 */
import { initialState } from '../schedule/initial.js';
import { withSteps } from '../schedule/apply.js';
import type { State } from '../schedule/state.js';
import type { TransformStep } from '../schedule/step.js';
import { createSketchContext, type SketchContext } from './context.js';
import { DEFAULT_SKETCH_PARAMS, type SketchParams } from './params.js';
import type { Derivation, SketchRule } from './rule.js';
import { addCacheRead } from './rules/add-cache-read.js';
import { addCacheWrite } from './rules/add-cache-write.js';
import { addRfactor } from './rules/add-rfactor.js';
import { alwaysInline } from './rules/always-inline.js';
import { crossThreadReduction } from './rules/cross-thread-reduction.js';
import { multiLevelTiling } from './rules/multi-level-tiling.js';
import { multiLevelTilingWithFusion } from './rules/multi-level-tiling-with-fusion.js';
import { simplifyComputeWithConstTensor } from './rules/simplify-compute-with-const-tensor.js';
import { skipStage } from './rules/skip-stage.js';
import { specialComputeLocationGpu } from './rules/special-compute-location-gpu.js';
import type { SketchTask } from './task.js';

const CPU_RULES: readonly SketchRule[] = [
  alwaysInline, simplifyComputeWithConstTensor, addRfactor, addCacheWrite, multiLevelTilingWithFusion, multiLevelTiling, skipStage,
];
const GPU_RULES: readonly SketchRule[] = [
  addCacheRead, specialComputeLocationGpu, alwaysInline, simplifyComputeWithConstTensor, crossThreadReduction, addCacheWrite,
  multiLevelTilingWithFusion, multiLevelTiling, skipStage,
];

/** The rules of the context's target in the order in which they are tried. */
export function sketchRules(ctx: SketchContext): readonly SketchRule[] {
  return [...ctx.params.customRules, ...(ctx.gpu && !ctx.mali ? GPU_RULES : CPU_RULES)];
}

/** A split right before an RF step was made with length 1, which is only now opened. */
function withOpenFactors(state: State): State {
  const opened = state.steps.map((step, i): TransformStep => (step.kind === 'SP' && state.steps[i + 1]?.kind === 'RF' ? { ...step, lengths: [null] } : step));
  return state.steps.some((step) => step.kind === 'RF') ? withSteps(state, opened) : state;
}

/** All sketches, in the original's order. */
export function sketchesOf(ctx: SketchContext): State[] {
  const rules = sketchRules(ctx);
  const done: State[] = [];
  const start = initialState(ctx.task.dag);
  let frontier: Derivation[] = [{ state: start, stage: start.stages.length - 1 }];
  while (frontier.length > 0) {
    const next: Derivation[] = [];
    for (const { state, stage } of frontier) {
      if (stage < 0) {
        done.push(withOpenFactors(state));
        continue;
      }
      for (const rule of rules) {
        const decision = rule.condition(ctx, state, stage);
        if (decision === 'skip') continue;
        next.push(...rule.apply(ctx, state, stage));
        if (decision === 'only') break;
      }
    }
    frontier = next;
  }
  return done;
}

/** All sketches of a task, in the original's order. */
export function generateSketches(task: SketchTask, params: SketchParams = DEFAULT_SKETCH_PARAMS): State[] {
  return sketchesOf(createSketchContext(task, params));
}
