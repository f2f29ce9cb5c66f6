/**
 * Tile size mutation (Ansor, section 5.1; TVM: MutateTileSize): moves a factor from one tile of a loop to another.
 *   before: SP i 512 [8, 1, 32]      after: SP i 512 [8, 4, 8]
 */
import { shuffled, type Rng } from '../../base/rng.js';
import { replay, withSteps } from '../../schedule/apply.js';
import type { SplitStep, TransformStep } from '../../schedule/step.js';
import type { SketchContext } from '../../sketch/context.js';
import { unlessIllegal } from '../../sketch/settle.js';
import type { Mutation } from './mutation.js';

/** Divisors above 1 of `length` that the destination, `room` times larger at most, can take. */
function movable(ctx: SketchContext, length: number, room: number): readonly number[] {
  return ctx.tiles.divisors(length).filter((f) => f > 1 && f <= room);
}

function mutated(ctx: SketchContext, step: SplitStep, rng: Rng): SplitStep | undefined {
  const inner = step.lengths.map((length) => length ?? 1);
  const lengths = [Math.floor(step.extent / inner.reduce((n, length) => n * length, 1)), ...inner];
  const order = shuffled(lengths.map((_, i) => i), rng);
  for (let i = 0; i < order.length; i++) {
    const from = order[i] ?? 0;
    const to = order[(i + 1) % order.length] ?? 0;
    const length = lengths[from] ?? 1;
    if (length <= 1 || from === to) continue;
    const room = to === lengths.length - 1 ? ctx.params.maxInnermostSplitFactor / (lengths[to] ?? 1) : Infinity;
    const factors = movable(ctx, length, room);
    if (factors.length === 0) continue;
    const factor = factors[rng.int(factors.length)] ?? 1;
    lengths[from] = length / factor;
    lengths[to] = (lengths[to] ?? 1) * factor;
    return { kind: 'SP', stage: step.stage, iter: step.iter, extent: step.extent, lengths: lengths.slice(1), innerToOuter: step.innerToOuter };
  }
  return undefined;
}

export function tileSize(weight: number): Mutation {
  return {
    name: 'TileSize', weight, readsRanges: false,
    apply(ctx, state, rng) {
      const candidates: number[] = [];
      state.steps.forEach((step, i) => {
        const last = step.kind === 'SP' && step.extent > 0 ? step.lengths.at(-1) : undefined;
        if (typeof last === 'number' && last <= ctx.params.maxInnermostSplitFactor) candidates.push(i);
      });
      if (candidates.length === 0) return undefined;
      for (let tries = 0; tries < 4 * candidates.length; tries++) {
        const at = candidates[rng.int(candidates.length)] ?? 0;
        const step = state.steps[at];
        if (step?.kind !== 'SP' || step.extent <= 1) continue;
        const changed = mutated(ctx, step, rng);
        if (changed === undefined) return undefined;
        const steps: TransformStep[] = state.steps.slice();
        steps[at] = changed;
        // The split of a factored reduction is the shape of a stage.
        return steps[at + 1]?.kind === 'RF' ? unlessIllegal(() => replay(state.initialDag, steps)) : withSteps(state, steps);
      }
      return undefined;
    },
  };
}
