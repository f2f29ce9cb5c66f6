/** What transform steps give away about the operator they were made for (spec key-resolution, 6.1). */
import type { SplitStep, TransformStep } from '../../schedule/step.js';

/** A stage in tiles: extents of its spatial axes and of its reduction axes, in order. */
export interface TiledStage { readonly spatial: readonly number[]; readonly reduce: readonly number[] }

export interface StepFacts {
  /** The DAG has at least so many stages, and so many if its last one is mentioned. */
  readonly stages: number;
  readonly tiled: readonly TiledStage[];
  /** All extents of splits; those of fused loops are products. Largest first. */
  readonly extents: readonly number[];
}

export function stepFacts(steps: readonly TransformStep[]): StepFacts {
  let stages = 0;
  let added = 0;
  for (const step of steps) {
    const mentioned = step.kind === 'CA' ? [step.stage, step.target] : step.kind === 'CHR' ? [step.stage, ...step.readers] : [step.stage];
    stages = Math.max(stages, Math.max(...mentioned) + 1 - added);
    if (step.kind === 'CHR' || step.kind === 'CHW' || step.kind === 'RF') added++;
  }
  const splits = steps.filter((step) => step.kind === 'SP');
  const extents = [...new Set(splits.map((step) => step.extent).filter((extent) => extent > 0))].sort((a, b) => b - a);
  return { stages, tiled: tiledStages(steps), extents };
}

/** Levels of spatial and of reduction tiles that the search makes: 4 and 2 on CPUs, 5 and 3 on GPUs (one less in the lengths). */
const LEVELS: readonly (readonly [spatial: number, reduce: number])[] = [[3, 1], [4, 2]];

function tiledStages(steps: readonly TransformStep[]): TiledStage[] {
  const runs: SplitStep[][] = [];
  let previous: TransformStep | undefined;
  for (const step of steps) {
    if (step.kind === 'SP') {
      const run = runs.at(-1);
      if (run !== undefined && previous?.kind === 'SP' && previous.stage === step.stage && step.iter > previous.iter) run.push(step);
      else runs.push([step]);
    }
    previous = step;
  }
  return runs.flatMap((run): TiledStage[] => {
    const depth = Math.max(...run.map((step) => step.lengths.length));
    const levels = LEVELS.find(([spatial]) => spatial === depth);
    if (levels === undefined || run.some((step) => step.extent < 1 || !levels.includes(step.lengths.length))) return [];
    const of = (level: number): number[] => run.filter((step) => step.lengths.length === level).map((step) => step.extent);
    return [{ spatial: of(levels[0]), reduce: of(levels[1]) }];
  });
}
