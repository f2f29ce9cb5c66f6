/**
 * Sliding windows: neighbouring outputs of a convolution read the same elements in different steps of its innermost loop. Where these steps are written
 * out, what they share is loaded once.
 */
import { defined } from '../../base/assert.js';
import { gcd } from '../../ir/affine-compare.js';
import { coefficient } from './linear.js';
import type { Region, TileRequest } from './tile-request.js';

/** Steps of a window that is unrolled, at most, and updates. */
const WIDEST_WINDOW = 11;
const MOST_UPDATES = 64;

/** The innermost reduction loop, if its steps may share loads with other outputs: a window that slides over them. */
export function windowOf(q: TileRequest, r: Region): { readonly loop: number; readonly extent: number } | undefined {
  const position = r.isReduce.lastIndexOf(true);
  const window = q.loops[position];
  if (window === undefined || position < r.start || window.extent === 1 || window.extent > WIDEST_WINDOW || q.unrollLimit === 1) return undefined;
  const along = r.spatial.filter((i) => i !== r.lane).map((i) => defined(q.loops[i], 'a loop'));
  const slides = q.loads.some((l) => along.some((loop) => slidesOver(coefficient(l, loop.var), loop.extent, coefficient(l, window.var), window.extent)));
  return slides ? { loop: position, extent: window.extent } : undefined;
}

/** Do `acc` sums and what they share in a window stay in registers? */
export function fitsWindow(q: TileRequest, acc: number, extent: number): boolean {
  return acc * extent <= MOST_UPDATES && acc + 2 * extent + 1 <= q.unit.registers;
}

/** Do some of so many outputs read the same elements in different steps of a window? */
export function slidesOver(output: number | undefined, outputs: number, step: number | undefined, steps: number): boolean {
  return (distinct(output, outputs, step, steps) ?? Infinity) < outputs * steps;
}

/** How many of the addresses output * i + step * j are distinct, for `outputs` values of i and `steps` of j; undefined where some address stays. */
export function distinct(output: number | undefined, outputs: number, step: number | undefined, steps: number): number | undefined {
  if (output === undefined || step === undefined || output === 0 || step === 0) return undefined;
  // An address comes back after the smallest number of outputs that a number of steps makes up for.
  const common = gcd(output, step);
  return outputs * steps - Math.max(0, outputs - Math.abs(step) / common) * Math.max(0, steps - Math.abs(output) / common);
}
