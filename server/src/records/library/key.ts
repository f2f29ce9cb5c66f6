/** Kinds of workload keys and the shapes that they say (spec key-resolution, 1 and 6.1). */
import { plainKey } from '../../dag/text.js';
import type { Shape } from './anchor.js';

export type KeyKind =
  | { readonly kind: 'old'; readonly hash: string }
  /** Shapes of all tensors: one list, or for `flat` keys all ways in which the extents may be cut. */
  | { readonly kind: 'shaped'; readonly flat: boolean; readonly hash: string; readonly shapes: readonly (readonly Shape[])[] }
  | { readonly kind: 'registered'; readonly name: string }
  | { readonly kind: 'unknown' };

const HASH = /^[0-9a-f]{32}$/;

export function keyKind(workloadKey: string): KeyKind {
  let json: unknown;
  try {
    json = JSON.parse(plainKey(workloadKey));
  } catch {
    return { kind: 'unknown' };
  }
  if (!Array.isArray(json)) return { kind: 'unknown' };
  const [name, ...rest]: readonly unknown[] = json;
  if (typeof name !== 'string') return { kind: 'unknown' };
  if (!HASH.test(name)) return { kind: 'registered', name };
  if (rest.length === 0) return { kind: 'old', hash: name };
  if (rest.every(isExtent)) return { kind: 'shaped', flat: true, hash: name, shapes: cuts(rest) };
  if (rest.every((shape): shape is readonly number[] => Array.isArray(shape) && shape.every(isExtent))) return { kind: 'shaped', flat: false, hash: name, shapes: [rest] };
  return { kind: 'unknown' };
}

function isExtent(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/** Ranks of the tensors that an anchor reads. */
const FIRST_RANKS: readonly (readonly number[])[] = [[4, 4], [2, 2], [3, 3], [5, 6], [5, 5], [4], [2], [3], [5], [1]];
const MOST_CUTS = 200;

/** Ways to cut the extents of a flat key into shapes: anchor inputs, operands that can be broadcast to the output, the output. */
function cuts(extents: readonly number[]): Shape[][] {
  const found: Shape[][] = [];
  for (const ranks of FIRST_RANKS) {
    const [rank = 1] = ranks;
    const taken = ranks.reduce((sum, r) => sum + r, 0);
    if (taken + rank > extents.length) continue;
    const out = extents.slice(-rank);
    const first: Shape[] = [];
    let at = 0;
    for (const r of ranks) first.push(extents.slice(at, (at += r)));
    const operands = (from: number, list: readonly Shape[]): void => {
      if (found.length >= MOST_CUTS) return;
      if (from === extents.length - rank) found.push([...first, ...list, out]);
      for (let r = rank; r >= 1; r--) {
        if (from + r > extents.length - rank) continue;
        const shape = extents.slice(from, from + r);
        const broadcast = shape.every((extent, i) => extent === 1 || extent === out[rank - r + i]);
        if (broadcast || (r === 1 && out.includes(shape[0] ?? 0))) operands(from + r, [...list, shape]);
      }
    };
    operands(at, []);
  }
  return found;
}
