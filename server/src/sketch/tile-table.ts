/**
 * Tile sizes of a loop: uniform draws among all tuples (f1 .. fn) whose product divides the extent and whose last length is
 * bounded, as the original enumerates them (SplitFactorizationMemo). Nothing is enumerated here: the number of tuples is a
 * product over the prime factors, so a draw picks the innermost length by its number of completions and then distributes each
 * prime's exponent over the other lengths. Divisors and weights are kept per extent.
 */
import type { Rng } from '../base/rng.js';

export interface TileTable {
  /** All divisors, ascending. */
  divisors(n: number): readonly number[];
  /** Number of tuples of `n` lengths. */
  count(extent: number, n: number, maxInnermost: number): number;
  /** A uniform tuple of `n` >= 1 lengths, outermost first; the loop outside them gets what is left of `extent`. */
  draw(extent: number, n: number, maxInnermost: number, rng: Rng): number[];
}

interface Innermost { readonly lengths: readonly number[]; readonly cumulative: readonly number[] }

function primeFactors(n: number): readonly (readonly [prime: number, exponent: number])[] {
  const found: [number, number][] = [];
  let rest = n;
  for (let p = 2; p * p <= rest; p++) {
    let e = 0;
    while (rest % p === 0) {
      rest /= p;
      e++;
    }
    if (e > 0) found.push([p, e]);
  }
  if (rest > 1) found.push([rest, 1]);
  return found;
}

function choose(n: number, k: number): number {
  let c = 1;
  for (let i = 1; i <= k; i++) c = (c * (n - k + i)) / i;
  return Math.round(c);
}

/** Ways to distribute the prime factors of `rest` over `bins` ordered bins. */
function distributions(rest: number, bins: number): number {
  return primeFactors(rest).reduce((ways, [, e]) => ways * choose(e + bins - 1, bins - 1), 1);
}

/** Multiplies each of `bins` by a power of `prime`; the exponents are a uniform composition of `exponent` (stars and bars). */
function distribute(bins: number[], prime: number, exponent: number, rng: Rng): void {
  let bars = bins.length - 1;
  let stars = exponent;
  let bin = 0;
  while (stars > 0) {
    if (rng.int(stars + bars) < stars) {
      bins[bin] = (bins[bin] as number) * prime;
      stars--;
    } else {
      bin++;
      bars--;
    }
  }
}

export function createTileTable(): TileTable {
  const divisorLists = new Map<number, readonly number[]>();
  const innermosts = new Map<string, Innermost>();

  const divisors = (n: number): readonly number[] => {
    let list = divisorLists.get(n);
    if (list === undefined) {
      const small: number[] = [];
      const large: number[] = [];
      for (let d = 1; d * d <= n; d++) {
        if (n % d !== 0) continue;
        small.push(d);
        if (d * d !== n) large.push(n / d);
      }
      list = [...small, ...large.reverse()];
      divisorLists.set(n, list);
    }
    return list;
  };

  const innermost = (extent: number, n: number, max: number): Innermost => {
    const key = `${extent},${n},${max}`;
    let table = innermosts.get(key);
    if (table === undefined) {
      const lengths = divisors(extent).filter((d) => d <= max);
      let total = 0;
      table = { lengths, cumulative: lengths.map((d) => (total += distributions(extent / d, n))) };
      innermosts.set(key, table);
    }
    return table;
  };

  return {
    divisors,
    count: (extent, n, max) => innermost(extent, n, max).cumulative.at(-1) ?? 0,
    draw(extent, n, max, rng) {
      const { lengths, cumulative } = innermost(extent, n, max);
      const pick = rng.real() * (cumulative.at(-1) ?? 0);
      const at = Math.max(0, cumulative.findIndex((c) => pick < c));
      const last = lengths[at] ?? 1;
      // The bins: what is left for the outermost loop, then all lengths but the last.
      const bins = new Array<number>(n).fill(1);
      for (const [prime, exponent] of primeFactors(extent / last)) distribute(bins, prime, exponent, rng);
      return [...bins.slice(1), last];
    },
  };
}
