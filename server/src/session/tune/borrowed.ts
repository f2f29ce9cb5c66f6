/**
 * What other models and other machines know about a task. Their records count as trials once the best of them was run here: until then
 * nobody knows that they mean the same on this machine (docs/log-format.md, "Reuse").
 */
import { meanCost } from '../../records/best.js';
import type { TrialSource } from '../../records/comments.js';
import { estimatedCost, type KnownProgram } from '../../records/reuse/programs.js';
import type { TransformStep } from '../../schedule/step.js';
import type { InputTask } from '../input.js';
import { bestSchedule, type FoundSchedule } from '../records-of.js';

/** Programs of others from which the search starts. */
const MOST_SEEDS = 64;

export interface SeedProgram { readonly steps: readonly TransformStep[]; readonly seconds: number | undefined }

export class Borrowed {
  /** To be run once, so that the records count; undefined if there are none that worked. */
  readonly best: FoundSchedule | undefined;
  /** Worth a trial of its own: for another target of this machine, or for sizes that divide these. */
  readonly start: FoundSchedule | undefined;
  /** Programs by their steps. */
  private readonly programs = new Map<string, KnownProgram>();

  constructor(task: Pick<InputTask, 'dag'>, known: readonly KnownProgram[], target: string) {
    // What this model measured here stands in its own log; in a further one it is as another model's.
    const counts = known.filter((p) => p.factor === 1 && (p.origin === 'model' || p.origin === 'machine' || (p.origin === 'own' && p.log !== undefined)));
    for (const p of counts) {
      const id = JSON.stringify(p.record.steps);
      const same = this.programs.get(id);
      if (same === undefined || estimatedCost(p) < estimatedCost(same)) this.programs.set(id, p);
    }
    this.best = bestSchedule(task.dag, counts, target, true);
    this.start = this.best === undefined ? bestSchedule(task.dag, known.filter((p) => p.factor !== 1 || p.origin === 'target'), target, true) : undefined;
  }

  /** Different programs. */
  get size(): number {
    return this.programs.size;
  }

  /** Programs that are not among those measured here. */
  beside(measured: ReadonlyMap<string, unknown>): number {
    let n = 0;
    for (const id of this.programs.keys()) if (!measured.has(id)) n++;
    return n;
  }

  /** The fastest, with times as this machine would need: `seconds` is what the best took here. */
  seeds(seconds: number): SeedProgram[] {
    const { best } = this;
    if (best === undefined) return [];
    const scale = seconds / meanCost(best.program.record.result);
    return [...this.programs.values()].filter((p) => p !== best.program).sort((a, b) => estimatedCost(a) - estimatedCost(b)).slice(0, MOST_SEEDS)
      .map(({ record }) => ({ steps: record.steps, seconds: record.result.errorNo === 0 ? meanCost(record.result) * scale : undefined }));
  }
}

/** Where a program is from, for the log's trial line. */
export function sourceOf({ program }: FoundSchedule): TrialSource {
  const { log, line, origin, factor, verified } = program;
  return {
    ...(log === undefined ? {} : { log }), line, from: factor !== 1 ? 'compatible' : origin === 'own' ? 'model' : origin,
    ...(factor === 1 ? {} : { factor }), ...(verified ? {} : { unverified: true }),
  };
}
