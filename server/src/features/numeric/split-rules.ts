/** Which numbers of the steps make the lengths of a stage's splits: a product of some of them, per relation. */
import type { StageSchedule } from '../../bounds/stage-schedule.js';
import type { TransformStep } from '../../schedule/step.js';
import { numbersOf } from './step-numbers.js';

/** Where the numbers of each step begin. */
export function numberOffsets(steps: readonly TransformStep[]): readonly number[] {
  let at = 0;
  return steps.map((step) => {
    const from = at;
    at += numbersOf(step)?.length ?? 0;
    return from;
  });
}

/** The factors of each length with which `step` splits, by number. */
function factorsOf(steps: readonly TransformStep[], offsets: readonly number[], step: TransformStep): { readonly factors: readonly (readonly number[])[]; readonly innerToOuter: boolean } | undefined {
  const lengthsOf = (source: number): number => {
    const from = steps[source];
    return from?.kind === 'SP' ? from.lengths.length : 0;
  };
  switch (step.kind) {
    case 'SP': {
      const at = offsets[steps.indexOf(step)] ?? 0;
      return { factors: step.lengths.map((_, k) => [at + k]), innerToOuter: step.innerToOuter };
    }
    case 'FSP': {
      const at = offsets[step.source] ?? 0;
      const n = lengthsOf(step.source);
      const last = Array.from({ length: Math.max(0, n - step.nSplit + 1) }, (_, k) => at + step.nSplit - 1 + k);
      return { factors: [...Array.from({ length: step.nSplit - 1 }, (_, k) => [at + k]), last], innerToOuter: true };
    }
    case 'FFSP': return { factors: [step.sources.map((source) => (offsets[source] ?? 0) + step.level)], innerToOuter: step.factorOrNparts };
    default: return undefined;
  }
}

/** Per relation of `stage`: the numbers whose product is the split's length; empty for fusions. */
export function lengthRules(stage: StageSchedule, steps: readonly TransformStep[], offsets: readonly number[]): readonly (readonly number[])[] {
  const rules: (readonly number[])[] = [];
  for (const index of stage.steps) {
    const step = steps[index];
    if (step === undefined) continue;
    if (step.kind === 'FU') for (let k = 0; k < (step.iters.length === 0 ? 1 : step.iters.length - 1); k++) rules.push([]);
    const split = factorsOf(steps, offsets, step);
    if (split === undefined) continue;
    const n = split.factors.length;
    for (let k = 0; k < n; k++) rules.push(split.factors[split.innerToOuter ? n - 1 - k : k] ?? []);
  }
  return rules;
}
