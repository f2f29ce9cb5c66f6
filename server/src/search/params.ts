/** Parameters of the search (spec sketch-rules, section 6). */
import { DEFAULT_SKETCH_PARAMS, type SketchParams } from '../sketch/params.js';

export interface SearchParams extends SketchParams {
  /** Share of random programs in a measured batch. */
  readonly epsGreedy: number;
  /** More rounds that may be tried when one finds nothing new. */
  readonly retryOnEmpty: number;
  /** Random programs that a round starts from, at least. */
  readonly minInitialPopulation: number;
  /** Random programs drawn at once. */
  readonly sampleBatch: number;
  /** Most measured programs that re-enter, as a share of the population. */
  readonly measuredShare: number;
  readonly population: number;
  /** Of a small round, the population is so many programs for each that is asked for. */
  readonly populationPerTrial: number;
  readonly generations: number;
  /** Generations while the cost model is not trained and its scores say nothing. */
  readonly untrainedGenerations: number;
  /** Share of the next population that is mutated; the rest is copied. */
  readonly mutationProbability: number;
}

/** The original's defaults. */
export const DEFAULT_SEARCH_PARAMS: SearchParams = Object.freeze({
  ...DEFAULT_SKETCH_PARAMS,
  epsGreedy: 0.05, retryOnEmpty: 1, minInitialPopulation: 50, sampleBatch: 2048, measuredShare: 0.2,
  population: 2048, populationPerTrial: Infinity, generations: 4, untrainedGenerations: 2, mutationProbability: 0.85,
});

/** For few trials per task: short rounds. */
export const QUICK_SEARCH_PARAMS: SearchParams = Object.freeze({
  ...DEFAULT_SEARCH_PARAMS, sampleBatch: 256, population: 512, populationPerTrial: 16, generations: 3, untrainedGenerations: 0,
});

/** The smallest rounds search as if for so many programs. */
const LEAST_TRIALS = 4;

/** For a round of `n` programs: a network's many tasks get one or two at a time, and searching costs as much as building them. */
export function forRound(params: SearchParams, n: number): SearchParams {
  const population = Math.min(params.population, Math.max(n, LEAST_TRIALS) * params.populationPerTrial);
  return { ...params, population, sampleBatch: Math.ceil((params.sampleBatch * population) / params.population) };
}
