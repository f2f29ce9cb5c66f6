/** The model before there is anything to learn from: every program that can be built has the same chance. */
import type { Rng } from '../base/rng.js';
import type { CostModel } from './model.js';

/** Scores in [0, 1); version 0. */
export function createRandomModel(rng: Rng): CostModel {
  return {
    version: 0,
    predict: ({ start }) => Float32Array.from({ length: Math.max(0, start.length - 1) }, (_, p) => (start[p] === start[p + 1] ? -Infinity : rng.real())),
  };
}
