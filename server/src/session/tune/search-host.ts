/**
 * One island of the search: policies for tasks, steered by messages, so that it runs in a thread as it does here. Its answers follow from
 * the messages and their order alone.
 */
import { createRng, type Rng } from '../../base/rng.js';
import type { Forest } from '../../cost-model/forest.js';
import { GbdtModel } from '../../cost-model/gbdt-model.js';
import type { CostModel } from '../../cost-model/model.js';
import { createRandomModel } from '../../cost-model/random-model.js';
import type { GateSeat } from '../../measure/gate.js';
import type { TransformStep } from '../../schedule/step.js';
import type { Candidate } from '../../search/candidate.js';
import type { SearchParams } from '../../search/params.js';
import { createPolicy, type KnownRecord, type SketchPolicy } from '../../search/policy.js';
import type { SketchTask } from '../../sketch/task.js';
import type { SharedPace } from './shared-pace.js';

/** A thread's start. */
export interface SearcherData { readonly seat: GateSeat }

/** A cost model in parts, as classes do not travel; null: none is trained yet. */
export type ModelParts = { readonly forest: Forest; readonly baseScore: number; readonly version: number } | null;

export type SearchMessage =
  | { readonly kind: 'task'; readonly task: number; readonly sketchTask: SketchTask; readonly params: SearchParams; readonly seed: number; readonly structures: number }
  | { readonly kind: 'known'; readonly task: number; readonly programs: readonly KnownRecord[] }
  /** The model comes by itself: until it is needed, it may be in training. */
  | { readonly kind: 'search'; readonly call: number; readonly task: number; readonly count: number }
  | { readonly kind: 'model'; readonly call: number; readonly model: ModelParts };

export interface FoundProgram { readonly steps: readonly TransformStep[]; readonly text: string; readonly score: number }

export interface SearchAnswer {
  readonly call: number;
  readonly best: readonly FoundProgram[];
  readonly random: readonly FoundProgram[];
  /** Of the distinct programs that were scored for the first time. */
  readonly hashes: Float64Array;
  /** Why there is no answer. */
  readonly problem?: string;
}

interface Island { readonly policy: SketchPolicy; readonly rng: Rng; hashes: number[] }

export function partsOf(model: CostModel): ModelParts {
  return model instanceof GbdtModel ? { forest: model.forest, baseScore: model.baseScore, version: model.version } : null;
}

export class SearchHost {
  private readonly islands = new Map<number, Island>();
  private readonly models = new Map<number, (model: ModelParts) => void>();
  /** One search after the other. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly answer: (answer: SearchAnswer) => void, private readonly pace: SharedPace) {}

  take(message: SearchMessage): void {
    switch (message.kind) {
      case 'task': {
        const { task, sketchTask, params, seed, structures } = message;
        const rng = createRng(seed);
        const island: Island = {
          rng: rng.fork(), hashes: [],
          policy: createPolicy({ task: sketchTask, params, rng, structures, pace: this.pace, onScored: (hash) => { island.hashes.push(hash); } }),
        };
        this.islands.set(task, island);
        return;
      }
      case 'known': this.islands.get(message.task)?.policy.preload(message.programs); return;
      case 'model': this.models.get(message.call)?.(message.model); return;
      case 'search': {
        const { call, task, count } = message;
        const parts = new Promise<ModelParts>((resolve) => { this.models.set(call, resolve); });
        this.last = this.last.then(() => this.pace.during(() => this.search(call, task, count, parts))).then(this.answer, (e: unknown) => {
          this.answer({ call, best: [], random: [], hashes: new Float64Array(0), problem: e instanceof Error ? e.stack ?? e.message : String(e) });
        });
      }
    }
  }

  private async search(call: number, task: number, count: number, parts: Promise<ModelParts>): Promise<SearchAnswer> {
    const island = this.islands.get(task);
    if (island === undefined) throw new Error(`assertion failed: there is no task ${task}`);
    const model = parts.then((found): CostModel => (found === null ? createRandomModel(island.rng.fork()) : new GbdtModel(found.forest, found.baseScore, found.version)));
    const { best, random } = await island.policy.search(count, model);
    this.models.delete(call);
    const hashes = Float64Array.from(island.hashes);
    island.hashes = [];
    return { call, best: best.map(programOf), random: random.map(programOf), hashes };
  }
}

function programOf({ source, text, score }: Candidate): FoundProgram {
  return { steps: source.steps, text, score };
}
