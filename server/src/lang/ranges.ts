/**
 * Ranges of indices from the sizes of the tensors that they index (Tensor Comprehensions, section 2.3: range inference), and the
 * check that every load stays inside of its tensor.
 */
import { choiceOf, ifThenElseOf } from '../ir/choice.js';
import type { Expr, Load, Var } from '../ir/expr.js';
import { operands } from '../ir/walk.js';

/** First and last value; both inclusive. */
export interface Interval { readonly lo: number; readonly hi: number }

/** A load, and whether it stands behind the condition of a `?:`; `conditions` hold there (undefined: one is known not to). */
export interface Access { readonly load: Load; readonly guarded: boolean; readonly conditions: readonly Expr[] | undefined }

/** Loads in `e`, in order of evaluation. */
export function accessesOf(e: Expr): readonly Access[] {
  const found: Access[] = [];
  const walk = (x: Expr, guarded: boolean, conditions: readonly Expr[] | undefined): void => {
    if (x.kind === 'load') found.push({ load: x, guarded, conditions });
    const cond = ifThenElseOf(x)?.cond;
    operands(x).forEach((child, i) => {
      if (cond === undefined || i === 0) walk(child, guarded, conditions);
      else walk(child, true, i === 1 && conditions !== undefined ? [...conditions, cond] : undefined);
    });
  };
  walk(e, false, []);
  return found;
}

/** An index as coefficient * v + something in [lo, hi]. */
export interface Linear { readonly coefficient: number; readonly lo: number; readonly hi: number }

/**
 * `e` as a linear function of `v`, the other variables in their ranges; undefined if it is not one, depends on a tensor's
 * elements, or on a variable without a range. Without `v`: the interval of `e`.
 */
export function linearIn(e: Expr, v: Var | undefined, ranges: ReadonlyMap<Var, Interval>): Linear | undefined {
  switch (e.kind) {
    case 'int': return { coefficient: 0, lo: e.value, hi: e.value };
    case 'var': {
      if (e === v) return { coefficient: 1, lo: 0, hi: 0 };
      const range = ranges.get(e);
      return range === undefined ? undefined : { coefficient: 0, ...range };
    }
    case 'cast': return linearIn(e.a, v, ranges);
    case 'select': case 'call': {
      const choice = choiceOf(e);
      if (choice === undefined) return undefined;
      const [a, b] = [linearIn(choice.then, v, ranges), linearIn(choice.otherwise, v, ranges)];
      if (a === undefined || b === undefined || a.coefficient !== 0 || b.coefficient !== 0) return undefined;
      return { coefficient: 0, lo: Math.min(a.lo, b.lo), hi: Math.max(a.hi, b.hi) };
    }
    case 'binary': {
      const [a, b] = [linearIn(e.a, v, ranges), linearIn(e.b, v, ranges)];
      return a === undefined || b === undefined ? undefined : combined(e.op, a, b);
    }
    default: return undefined;
  }
}

function combined(op: string, a: Linear, b: Linear): Linear | undefined {
  const constant = a.coefficient === 0 && b.coefficient === 0;
  const fixed = b.coefficient === 0 && b.lo === b.hi ? b.lo : undefined;
  switch (op) {
    case 'add': return { coefficient: a.coefficient + b.coefficient, lo: a.lo + b.lo, hi: a.hi + b.hi };
    case 'sub': return { coefficient: a.coefficient - b.coefficient, lo: a.lo - b.hi, hi: a.hi - b.lo };
    case 'mul': {
      if (fixed !== undefined) return scaled(a, fixed);
      if (a.coefficient === 0 && a.lo === a.hi) return scaled(b, a.lo);
      if (!constant) return undefined;
      const ends = [a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi];
      return { coefficient: 0, lo: Math.min(...ends), hi: Math.max(...ends) };
    }
    case 'floordiv': return constant && fixed !== undefined && fixed > 0 ? { coefficient: 0, lo: Math.floor(a.lo / fixed), hi: Math.floor(a.hi / fixed) } : undefined;
    case 'floormod': {
      if (!constant || fixed === undefined || fixed <= 0) return undefined;
      if (Math.floor(a.lo / fixed) === Math.floor(a.hi / fixed)) {
        const base = Math.floor(a.lo / fixed) * fixed;
        return { coefficient: 0, lo: a.lo - base, hi: a.hi - base };
      }
      return { coefficient: 0, lo: 0, hi: fixed - 1 };
    }
    case 'min': return constant ? { coefficient: 0, lo: Math.min(a.lo, b.lo), hi: Math.min(a.hi, b.hi) } : undefined;
    case 'max': return constant ? { coefficient: 0, lo: Math.max(a.lo, b.lo), hi: Math.max(a.hi, b.hi) } : undefined;
    default: return undefined;
  }
}

function scaled(a: Linear, factor: number): Linear {
  const ends = [a.lo * factor, a.hi * factor];
  return { coefficient: a.coefficient * factor, lo: Math.min(...ends), hi: Math.max(...ends) };
}

/** The largest v, from 0 on, for which the index stays in 0:extent; -1 if there is none, undefined if it says nothing. */
function largest(index: Expr, v: Var, extent: number, ranges: ReadonlyMap<Var, Interval>): number | undefined {
  // floor(e / c) < extent is e < extent * c.
  if (index.kind === 'binary' && index.op === 'floordiv' && index.b.kind === 'int' && index.b.value > 0) return largest(index.a, v, extent * index.b.value, ranges);
  const form = linearIn(index, v, ranges);
  if (form === undefined || form.coefficient === 0) return undefined;
  const { coefficient, lo, hi } = form;
  const top = coefficient > 0 ? Math.floor((extent - 1 - hi) / coefficient) : Math.floor(lo / -coefficient);
  return Math.max(top, -1);
}

/**
 * Adds ranges of `unknown` variables to `ranges`, in rounds: each round settles the variables that some index holds alone, with the
 * tightest of the bounds that it meets. Loads behind a condition count only if nothing else does, and then only plain `T(v)`.
 * Variables that stay unknown are returned; a variable with no valid value gets an empty interval.
 */
export function inferRanges(accesses: readonly Access[], unknown: readonly Var[], ranges: Map<Var, Interval>): readonly Var[] {
  let open = unknown.filter((v) => !ranges.has(v));
  for (;;) {
    const found = new Map<Var, number>();
    for (const guarded of [false, true]) {
      if (found.size > 0) break;
      for (const access of accesses) {
        if (access.guarded !== guarded) continue;
        access.load.indices.forEach((index, d) => {
          for (const v of open) {
            if (guarded && index !== v) continue;
            const top = largest(index, v, access.load.buffer.shape[d] ?? 1, ranges);
            if (top !== undefined) found.set(v, Math.min(found.get(v) ?? top, top));
          }
        });
      }
    }
    if (found.size === 0) return open;
    for (const [v, hi] of found) ranges.set(v, { lo: 0, hi });
    open = open.filter((v) => !ranges.has(v));
  }
}

/** The first index (of those that `counts`) with which a load leaves its tensor: which dimension, and the values it takes. Unknown values pass. */
export function outOfBounds(load: Load, ranges: ReadonlyMap<Var, Interval>, counts: (index: Expr) => boolean): { readonly dimension: number; readonly values: Interval; readonly extent: number } | undefined {
  for (let d = 0; d < load.indices.length; d++) {
    const index = load.indices[d];
    const extent = load.buffer.shape[d];
    if (index === undefined || extent === undefined || !counts(index)) continue;
    const values = linearIn(index, undefined, ranges);
    if (values !== undefined && (values.lo < 0 || values.hi >= extent)) return { dimension: d, values, extent };
  }
  return undefined;
}
