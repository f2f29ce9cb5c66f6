/** The cost model's face to the search (Ansor, section 5.2): a score per program, the higher the faster. */
import type { FeatureBatch } from '../features/feature-arena.js';

export interface TrainingSamples {
  readonly features: FeatureBatch;
  /** Per program: its task's best cost / its own cost, in [0, 1]; 0 for failed ones. */
  readonly throughputs: Float32Array;
}

export interface CostModel {
  /** Grows by one with each training. */
  readonly version: number;
  /** A score per program; -Infinity for programs without features. */
  predict(batch: FeatureBatch): Float32Array;
}
