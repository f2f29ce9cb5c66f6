/** Random annotation (Ansor, section 4.2): a complete program drawn from a sketch. */
import type { Rng } from '../base/rng.js';
import type { State } from '../schedule/state.js';
import type { SketchContext } from './context.js';
import { changeComputeLocation } from './population/change-compute-location.js';
import { fillTileSize } from './population/fill-tile-size.js';
import { parallel } from './population/parallel.js';
import { threadBind } from './population/thread-bind.js';
import { unroll } from './population/unroll.js';
import { vectorization } from './population/vectorization.js';
import type { PopulationRule } from './population-rule.js';
import { unlessIllegal } from './settle.js';

const CPU: readonly PopulationRule[] = [fillTileSize, changeComputeLocation, parallel, unroll, vectorization];
const GPU: readonly PopulationRule[] = [fillTileSize, threadBind, unroll];
const MALI: readonly PopulationRule[] = [...GPU, vectorization];

export function populationRules(ctx: SketchContext): readonly PopulationRule[] {
  return ctx.mali ? MALI : ctx.gpu ? GPU : CPU;
}

/**
 * A random program of `sketch`: tile sizes, compute locations, parallel and vector loops drawn. Undefined if the draws are not
 * valid together. Bounds are inferred in between, not at the end (`settle`).
 */
export function sampleState(ctx: SketchContext, sketch: State, rng: Rng): State | undefined {
  return unlessIllegal(() => {
    let now: State | undefined = sketch;
    for (const rule of populationRules(ctx)) {
      now = rule.apply(ctx, now, rng);
      if (now === undefined) return undefined;
    }
    return now;
  });
}
