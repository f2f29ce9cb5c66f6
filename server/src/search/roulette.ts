/** Draws in proportion to weights. */
import type { Rng } from '../base/rng.js';

/** Draws an index with probability proportional to its weight; weights below 0 count as 0, and if none is above 0, all are equal. */
export function createRoulette(weights: readonly number[]): (rng: Rng) => number {
  let total = 0;
  const sums = weights.map((weight) => (total += Math.max(0, weight)));
  if (total <= 0) return (rng) => rng.int(Math.max(1, weights.length));
  return (rng) => {
    const at = rng.real() * total;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
