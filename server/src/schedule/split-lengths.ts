/** Lengths of the splits that follow other splits (spec log-format, 3.4). They read the present contents of the steps they name. */
import { ScheduleError, type FollowFusedSplitStep, type FollowSplitStep, type SplitStep, type TransformStep } from './step.js';

export type Lengths = readonly (number | null)[];

function source(steps: readonly TransformStep[], kind: 'FSP' | 'FFSP', index: number): SplitStep {
  const step = steps[index];
  if (step === undefined) throw new ScheduleError(kind, `step ${index}, which it follows, does not exist yet`);
  if (step.kind !== 'SP') throw new ScheduleError(kind, `step ${index}, which it follows, is ${step.kind} and not a split`);
  return step;
}

/** p lengths: the first p-1 of the source, then the product of the rest; null where the source is open. */
export function followSplitLengths(steps: readonly TransformStep[], step: FollowSplitStep): Lengths {
  const from = source(steps, 'FSP', step.source).lengths;
  const p = step.nSplit;
  if (p < 1 || p > from.length + 1) {
    throw new ScheduleError('FSP', `${p} lengths cannot be had from step ${step.source}, which has ${from.length}`);
  }
  let rest: number | null = 1;
  for (let i = p - 1; i < from.length; i++) {
    const length = from[i] ?? null;
    rest = rest === null || length === null ? null : rest * length;
  }
  return [...from.slice(0, p - 1), rest];
}

/** One length: the product of the sources' lengths at `level`; null where one is open. */
export function followFusedSplitLengths(steps: readonly TransformStep[], step: FollowFusedSplitStep): Lengths {
  let product: number | null = 1;
  for (const index of step.sources) {
    const from = source(steps, 'FFSP', index).lengths;
    if (step.level < 0 || step.level >= from.length) {
      throw new ScheduleError('FFSP', `step ${index} has no length at level ${step.level}`);
    }
    const length = from[step.level] ?? null;
    product = product === null || length === null ? null : product * length;
  }
  return [product];
}

/** The lengths with which a splitting step splits, and the side from which it divides. */
export function splitLengths(
  steps: readonly TransformStep[], step: SplitStep | FollowSplitStep | FollowFusedSplitStep,
): { readonly lengths: Lengths; readonly innerToOuter: boolean } {
  switch (step.kind) {
    case 'SP': return { lengths: step.lengths, innerToOuter: step.innerToOuter };
    case 'FSP': return { lengths: followSplitLengths(steps, step), innerToOuter: true };
    case 'FFSP': return { lengths: followFusedSplitLengths(steps, step), innerToOuter: step.factorOrNparts };
  }
}
