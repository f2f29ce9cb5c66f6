/**
 * Evolutionary search (Ansor, section 5.1; TVM: EvolutionarySearch): generations of programs, each drawn from the one before by
 * score and mutated. Crossover is in the paper only.
 */
import type { CancellationToken } from '../base/cancellation.js';
import type { Rng } from '../base/rng.js';
import type { CostModel } from '../cost-model/model.js';
import type { SketchContext } from '../sketch/context.js';
import { BestHeap } from './best-heap.js';
import type { Candidate, Genome } from './candidate.js';
import type { Evaluator } from './evaluate.js';
import { mutationsFor } from './mutations/index.js';
import type { Mutation } from './mutations/mutation.js';
import type { Pace } from './pace.js';
import type { SearchParams } from './params.js';
import { createRoulette } from './roulette.js';

export interface Evolution {
  readonly ctx: SketchContext;
  readonly params: SearchParams;
  readonly evaluator: Evaluator;
  readonly model: CostModel;
  readonly token: CancellationToken;
  readonly rng: Rng;
  readonly pace: Pace;
}

/** The genome after a mutation; undefined if the draw leads nowhere. `room`: scratch for its numbers. */
export function mutate(
  ctx: SketchContext, evaluator: Pick<Evaluator, 'genome' | 'genomeOf'>, mutation: Mutation, genome: Genome, rng: Rng, room = new Float64Array(genome.numbers.length),
): Genome | undefined {
  const { shape } = genome;
  if (mutation.onNumbers === undefined || !mutation.isNumeric(shape)) {
    const changed = mutation.apply(ctx, mutation.readsRanges ? genome.state : genome.source, rng);
    return changed === undefined ? undefined : evaluator.genomeOf(changed);
  }
  const numbers = room.length < shape.count ? new Float64Array(shape.count) : room;
  numbers.set(genome.numbers);
  return mutation.onNumbers(ctx, shape, numbers, rng) ? evaluator.genome(shape, numbers) : undefined;
}

/** Draws in a slice. */
const DRAWS = 128;

/** Draws from `population` by score, of which most are mutated. */
async function offspring(e: Evolution, population: readonly Genome[]): Promise<Genome[]> {
  const { params, rng, pace } = e;
  const mutations = mutationsFor(e.ctx);
  const parent = createRoulette(population.map((candidate) => candidate.score));
  const kind = createRoulette(mutations.map((mutation) => mutation.weight));
  const next: Genome[] = [];
  const room = new Float64Array(Math.max(0, ...population.map(({ numbers }) => numbers.length)));
  for (let draws = 1; next.length < params.population && !e.token.cancelled; draws++) {
    if (draws % DRAWS === 0) await pace.turn();
    const candidate = population[parent(rng)];
    if (candidate === undefined) break;
    if (rng.real() >= params.mutationProbability) next.push(candidate);
    else {
      // A failed mutation is drawn again.
      const mutation = mutations[kind(rng)];
      const changed = mutation === undefined ? undefined : mutate(e.ctx, e.evaluator, mutation, candidate, rng, room);
      if (changed !== undefined) next.push(changed);
    }
  }
  return next;
}

/**
 * The best `count` programs found from `population` on, best first, none of `excluded`. Stops early when cancelled, or when a
 * generation brings no program that was not seen before.
 */
export async function evolve(e: Evolution, population: readonly Genome[], count: number, excluded: Iterable<string>): Promise<Candidate[]> {
  const heap = new BestHeap(count, excluded);
  const generations = e.model.version > 0 ? e.params.generations : Math.min(e.params.generations, e.params.untrainedGenerations);
  const seen = new Set<Genome>();
  let current: readonly Genome[] = population;
  for (let generation = 0; ; generation++) {
    const before = seen.size;
    for (const candidate of current) {
      if (seen.has(candidate)) continue;
      seen.add(candidate);
      heap.offer(candidate);
    }
    if (generation >= generations || seen.size === before || e.token.cancelled) break;
    current = await e.evaluator.evaluate(await offspring(e, current), e.model, e.token);
  }
  return heap.sorted();
}
