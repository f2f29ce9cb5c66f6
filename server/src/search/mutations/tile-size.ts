/**
 * Tile size mutation (Ansor, section 5.1; TVM: MutateTileSize): moves a factor from one tile of a loop to another.
 *   before: SP i 512 [8, 1, 32]      after: SP i 512 [8, 4, 8]
 */
import { shuffled, type Rng } from '../../base/rng.js';
import type { SplitPlace } from '../../features/numeric/shape.js';
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

function isCandidate({ extent, count, offset }: SplitPlace, numbers: Float64Array, most: number): boolean {
  return extent > 0 && count > 0 && (numbers[offset + count - 1] ?? 0) <= most;
}

function indices(n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** 0, 1, ... for as many tiles as splits have. */
const INDICES: readonly (readonly number[])[] = Array.from({ length: 9 }, (_, n) => indices(n));

/** `mutated`, in place. */
function moveFactor(ctx: SketchContext, { extent, count, offset }: SplitPlace, numbers: Float64Array, rng: Rng): boolean {
  let inner = 1;
  for (let k = 0; k < count; k++) inner *= numbers[offset + k]!;
  const outermost = Math.floor(extent / inner);
  const order = shuffled(INDICES[count + 1] ?? indices(count + 1), rng);
  for (let i = 0; i < order.length; i++) {
    const from = order[i]!;
    const to = order[i + 1 === order.length ? 0 : i + 1]!;
    const length = from === 0 ? outermost : numbers[offset + from - 1]!;
    if (length <= 1 || from === to) continue;
    const last = count;
    const room = to === last ? ctx.params.maxInnermostSplitFactor / (numbers[offset + last - 1] ?? 1) : Infinity;
    const divisors = ctx.tiles.divisors(length);
    // The first is 1.
    let factors = 0;
    while (factors + 1 < divisors.length && divisors[factors + 1]! <= room) factors++;
    if (factors === 0) continue;
    const factor = divisors[1 + rng.int(factors)]!;
    if (from > 0) numbers[offset + from - 1] = length / factor;
    if (to > 0) numbers[offset + to - 1]! *= factor;
    return true;
  }
  return false;
}

export function tileSize(weight: number): Mutation {
  return {
    name: 'TileSize', weight, readsRanges: false, isNumeric: ({ splits }) => !splits.some((split) => split.shapesStage),
    onNumbers(ctx, { splits }, numbers, rng) {
      const most = ctx.params.maxInnermostSplitFactor;
      let candidates = 0;
      for (const split of splits) if (isCandidate(split, numbers, most)) candidates++;
      for (let tries = 0; tries < 4 * candidates; tries++) {
        let skip = rng.int(candidates);
        for (let s = 0; s < splits.length; s++) {
          const split = splits[s]!;
          if (!isCandidate(split, numbers, most) || skip-- > 0) continue;
          if (split.extent > 1) return moveFactor(ctx, split, numbers, rng);
          break;
        }
      }
      return false;
    },
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
