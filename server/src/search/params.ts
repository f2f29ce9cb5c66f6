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
  population: 2048, generations: 4, untrainedGenerations: 2, mutationProbability: 0.85,
});

/** For few trials per task: short rounds. */
export const QUICK_SEARCH_PARAMS: SearchParams = Object.freeze({
  ...DEFAULT_SEARCH_PARAMS, sampleBatch: 256, population: 512, generations: 3, untrainedGenerations: 0,
});
