/**
 * Unroll (Ansor, section 4.2): draws how far code generation may unroll the loops of each stage with a reduction; loops that the
 * operator's author listed are always unrolled.
 *   before: for k { C }      after: C auto_unroll: 64, for k { C }
 */
import { applyStep } from '../../schedule/apply.js';
import type { State } from '../../schedule/state.js';
import type { SketchContext } from '../context.js';
import type { PopulationRule } from '../population-rule.js';
import { hasReduceIter, isComputed } from '../stage-facts.js';
import { annotate, stageOf } from '../transform.js';

const CPU_LIMITS: readonly number[] = [0, 16, 64, 512];
const GPU_LIMITS: readonly number[] = [0, 16, 64, 512, 1024];

/** The limits among which unrolling is drawn. */
export function unrollLimits(ctx: SketchContext): readonly number[] {
  return ctx.gpu ? GPU_LIMITS : CPU_LIMITS;
}

export function unrollPragma(limit: number): string {
  return `auto_unroll_max_step$${limit}`;
}

/** Unrolls the listed loops of the innermost tile, from the inside. */
function unrollListed(state: State, id: number, names: readonly string[]): State {
  let now = state;
  const seen = new Set<string>();
  const { iters } = stageOf(state, id);
  for (let i = iters.length - 1; i >= 0; i--) {
    const iter = iters[i];
    if (iter === undefined) break;
    const before = seen.size;
    for (const origin of iter.origins) seen.add(origin);
    if (seen.size === before) break;
    const only = iter.origins[0];
    if (iter.origins.length === 1 && only !== undefined && names.includes(only) && iter.annotation === 'none') now = annotate(now, id, i, 'unroll');
  }
  return now;
}

export const unroll: PopulationRule = {
  name: 'Unroll',
  apply(ctx, state, rng) {
    const limits = unrollLimits(ctx);
    let now = state;
    for (let id = 0; id < state.stages.length; id++) {
      const stage = stageOf(now, id);
      if (!isComputed(stage) || stage.op.kind !== 'compute') continue;
      const listed = stage.op.attrs.alwaysUnrollInner;
      if (listed !== undefined) now = unrollListed(now, id, listed);
      if (!hasReduceIter(stage)) continue;
      now = applyStep(now, { kind: 'PR', stage: id, iter: 0, pragma: unrollPragma(limits[rng.int(limits.length)] ?? 0) });
    }
    return now;
  },
};
