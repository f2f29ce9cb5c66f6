/**
 * The sketch policy of one task (Ansor, sections 4 and 5; TVM: SketchPolicy): which programs to measure next. A pure function of
 * its random stream and of the order of calls, results and model versions; no clock.
 */
import { neverCancelled, type CancellationToken } from '../base/cancellation.js';
import type { Rng } from '../base/rng.js';
import type { CostModel } from '../cost-model/model.js';
import { replay } from '../schedule/apply.js';
import type { State } from '../schedule/state.js';
import type { TransformStep } from '../schedule/step.js';
import { sampleState } from '../sketch/annotate.js';
import { createSketchContext } from '../sketch/context.js';
import { sketchesOf } from '../sketch/generate.js';
import { unlessIllegal } from '../sketch/settle.js';
import type { SketchTask } from '../sketch/task.js';
import { Genome, type Candidate } from './candidate.js';
import { createEvaluator, type SearchStats } from './evaluate.js';
import { evolve } from './evolve.js';
import { DEFAULT_SEARCH_PARAMS, forRound, type SearchParams } from './params.js';
import { alone, type Pace } from './pace.js';
import { pickEpsGreedy } from './pick.js';

export interface PolicyOptions {
  readonly task: SketchTask;
  readonly params?: SearchParams;
  /** The policy's own stream (fork it from the session's). */
  readonly rng: Rng;
  readonly pace?: Pace;
  /** False: every candidate is lowered (the reference for `numeric`). */
  readonly numeric?: boolean;
  /** Structures of parts of programs kept from one round to the next, some hundred KB each; they save most of the work. */
  readonly structures?: number;
  /** Told the hash of each distinct program that is scored for the first time. */
  readonly onScored?: (hash: number) => void;
}

/** A program with its measured time. */
export interface Measured { readonly candidate: Candidate; readonly costSeconds: number }

/** What a log knows about a program. `costSeconds` undefined: it failed. */
export interface KnownRecord {
  readonly steps: readonly TransformStep[];
  readonly costSeconds: number | undefined;
  /** The text of its state, of whoever knows it already: the program is legal then. */
  readonly text?: string;
}

/** What a search found: the best programs it met, best first, none of them known, and some drawn at random from where it began. */
export interface Found { readonly best: readonly Candidate[]; readonly random: readonly Candidate[] }

export interface SketchPolicy {
  readonly sketches: readonly State[];
  /**
   * Up to `n` programs that were never proposed, preloaded or reported before. Empty: nothing new was found.
   * When cancelled, what has been found so far. A model that is still being trained is waited for once the random programs are drawn.
   */
  nextBatch(n: number, model: CostModel | PromiseLike<CostModel>, token?: CancellationToken): Promise<Candidate[]>;
  /** The search of a round, of which `nextBatch` takes some: nothing becomes known by it. */
  search(n: number, model: CostModel | PromiseLike<CostModel>, token?: CancellationToken): Promise<Found>;
  /** Measured times in seconds of proposed programs; undefined for those that failed. */
  report(candidates: readonly Candidate[], costsSeconds: readonly (number | undefined)[]): void;
  /** Takes programs from a log; returns how many are legal for this task. */
  preload(records: Iterable<KnownRecord>): number;
  /** The fastest so far. */
  best(): Measured | undefined;
  readonly stats: Readonly<SearchStats>;
}

/** Batches without a new program after which the wanted number of random programs is halved. */
const PATIENCE = 5;
const STRUCTURES = 512;
/** Random programs that are drawn in a slice. */
const DRAWS = 16;

/** Random programs in a batch of `n`. */
export function randomPart(n: number, { epsGreedy }: SearchParams): number {
  return Math.floor(epsGreedy * n);
}

export function createPolicy(options: PolicyOptions): SketchPolicy {
  const { task, rng, params = DEFAULT_SEARCH_PARAMS, pace = alone } = options;
  const ctx = createSketchContext(task, params);
  const sketches = sketchesOf(ctx);
  const evaluator = createEvaluator(ctx, { pace, numeric: options.numeric, onScored: options.onScored });
  /** Texts of all programs that were proposed, preloaded or reported. */
  const known = new Set<string>();
  /** Programs that ran, best first. */
  const good: Measured[] = [];
  let wanted = params.minInitialPopulation;

  const genomeOf = (candidate: Candidate): Genome | undefined => (candidate instanceof Genome ? candidate : evaluator.genomeOf(candidate.source));

  const insert = (measured: Measured): void => {
    const at = good.findIndex((other) => measured.costSeconds < other.costSeconds);
    good.splice(at < 0 ? good.length : at, 0, measured);
  };

  /** Random programs, each once. */
  const sampled = async ({ sampleBatch }: SearchParams, model: CostModel | PromiseLike<CostModel>, token: CancellationToken): Promise<Genome[]> => {
    const found: Genome[] = [];
    const seen = new Set<Genome>();
    let fruitless = 0;
    while (found.length < wanted && !token.cancelled) {
      const drawn: Genome[] = [];
      for (let i = 0; i < sampleBatch && !token.cancelled; i++) {
        const sketch = sketches[rng.int(sketches.length)];
        const state = sketch === undefined ? undefined : sampleState(ctx, sketch, rng);
        const genome = state === undefined ? undefined : evaluator.genomeOf(state);
        if (genome !== undefined) drawn.push(genome);
        if (i % DRAWS === DRAWS - 1) await pace.turn();
      }
      const before = found.length;
      for (const candidate of await evaluator.evaluate(drawn, model, token)) {
        if (seen.has(candidate)) continue;
        seen.add(candidate);
        found.push(candidate);
      }
      fruitless = found.length > before ? 0 : fruitless + 1;
      if (fruitless >= PATIENCE) {
        if (wanted <= 1) break;
        wanted = Math.floor(wanted / 2);
        fruitless = 0;
      }
    }
    return found;
  };

  const search = async (n: number, trained: CostModel | PromiseLike<CostModel>, token: CancellationToken = neverCancelled): Promise<Found> => {
    const round = forRound(params, n);
    const random = randomPart(n, params);
    const population = await sampled(round, trained, token);
    const model = await pace.wait(trained);
    const returning = good.slice(0, Math.floor(Math.min(good.length, round.measuredShare * round.population)));
    population.push(...await evaluator.evaluate(returning.flatMap(({ candidate }) => genomeOf(candidate) ?? []), model, token));
    const draws: Candidate[] = [];
    for (let i = 0; i < 3 * random && population.length > 0; i++) {
      const draw = population[rng.int(population.length)];
      if (draw !== undefined) draws.push(draw);
    }
    const best = await evolve({ ctx, params: round, evaluator, model, token, rng, pace }, population, 2 * n, known);
    evaluator.forget(options.structures ?? STRUCTURES);
    return { best, random: draws.filter((draw) => !known.has(draw.text)) };
  };

  return {
    sketches,
    search,
    stats: evaluator.stats,
    best: () => good[0],
    async nextBatch(n, model, token = neverCancelled) {
      for (let tries = 0; tries <= params.retryOnEmpty; tries++) {
        const { best, random } = await search(n, model, token);
        const picked = pickEpsGreedy(best, random, n, n - randomPart(n, params), known);
        for (const candidate of picked) known.add(candidate.text);
        if (picked.length > 0 || token.cancelled) return picked;
      }
      return [];
    },
    report(candidates, costsSeconds) {
      candidates.forEach((candidate, i) => {
        known.add(candidate.text);
        const costSeconds = costsSeconds[i];
        if (costSeconds !== undefined) insert({ candidate, costSeconds });
      });
    },
    preload(records) {
      let legal = 0;
      for (const record of records) {
        // That it was proposed is all to be known of it.
        if (record.text !== undefined && record.costSeconds === undefined) {
          known.add(record.text);
          legal++;
          continue;
        }
        const candidate = unlessIllegal(() => evaluator.genomeOf(replay(task.dag, record.steps), record.text));
        if (candidate === undefined || (record.text === undefined && !evaluator.isValid(candidate))) continue;
        legal++;
        if (known.has(candidate.text) && good.some((other) => other.candidate.text === candidate.text)) continue;
        known.add(candidate.text);
        if (record.costSeconds !== undefined) insert({ candidate, costSeconds: record.costSeconds });
      }
      return legal;
    },
  };
}
