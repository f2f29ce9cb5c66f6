/**
 * Symbolic intervals: sets of values of an index whose ends are sums over outer iterators (TVM: IntSet). A region is a point
 * when it was made as one and everything done to it kept it one; equal ends alone do not make a point.
 */
import { add, addConstant, constantOf, constantSum, sameSum, scale, subtract, Sum, type Term } from '../ir/affine.js';
import { divide, KNOWN_RANGES, modulo, sumInterval, type Interval } from '../ir/affine-division.js';
import type { Axis } from '../dag/op.js';
import type { Expr } from '../ir/expr.js';
import { LoopVar } from './loop-var.js';

export interface Region {
  /** Undefined: unbounded. */
  readonly lo: Sum | undefined;
  readonly hi: Sum | undefined;
  readonly point: boolean;
}

export const EVERYTHING: Region = Object.freeze({ lo: undefined, hi: undefined, point: false });

export function pointRegion(at: Sum): Region {
  return { lo: at, hi: at, point: true };
}

/** [min, min + extent); a point if the extent is 1. */
export function rangeRegion(min: Sum, v: LoopVar): Region {
  if (v.symbolic !== undefined) return { lo: min, hi: addConstant(add(min, v.symbolic), -1), point: false };
  return v.extent === 1 ? pointRegion(min) : { lo: min, hi: addConstant(min, v.extent - 1), point: false };
}

function addRegions(a: Region, b: Region): Region {
  if (a.point && b.point && a.lo !== undefined && b.lo !== undefined) return pointRegion(add(a.lo, b.lo));
  return {
    lo: a.lo === undefined || b.lo === undefined ? undefined : add(a.lo, b.lo),
    hi: a.hi === undefined || b.hi === undefined ? undefined : add(a.hi, b.hi),
    point: false,
  };
}

export function scaleRegion(a: Region, factor: number): Region {
  if (factor === 1) return a;
  if (factor === 0) return pointRegion(constantSum(0));
  const lo = a.lo === undefined ? undefined : scale(a.lo, factor);
  const hi = a.hi === undefined ? undefined : a.hi === a.lo ? lo : scale(a.hi, factor);
  return factor > 0 ? { lo, hi, point: a.point } : { lo: hi, hi: lo, point: a.point };
}

export function divideRegion(a: Region, c: number): Region {
  const lo = a.lo === undefined ? undefined : divide(a.lo, c, KNOWN_RANGES);
  if (a.point) return { lo, hi: lo, point: true };
  return { lo, hi: a.hi === undefined ? undefined : divide(a.hi, c, KNOWN_RANGES), point: false };
}

export function moduloRegion(a: Region, c: number): Region {
  if (a.point && a.lo !== undefined) return pointRegion(modulo(a.lo, c, KNOWN_RANGES));
  if (a.lo !== undefined && a.hi !== undefined) {
    const quotient = divide(a.lo, c, KNOWN_RANGES);
    if (sameSum(quotient, divide(a.hi, c, KNOWN_RANGES))) {
      const start = scale(quotient, c);
      return { lo: subtract(a.lo, start), hi: subtract(a.hi, start), point: false };
    }
  }
  return { lo: constantSum(0), hi: constantSum(c - 1), point: false };
}

/** outer * factor + inner + offset. */
export function joinRegions(outer: Region, factor: number, inner: Region, offset: Sum): Region {
  const sum = addRegions(scaleRegion(outer, factor), inner);
  return constantOf(offset) === 0 ? sum : addRegions(sum, pointRegion(offset));
}

/** The values of an index expression when the axes take the values of their regions. */
export function regionOf(e: Expr, axes: readonly Axis[], reduceAxes: readonly Axis[], regions: readonly Region[]): Region {
  switch (e.kind) {
    case 'int': return pointRegion(constantSum(e.value));
    case 'var': {
      for (let i = 0; i < axes.length; i++) if ((axes[i] as Axis).var === e) return regions[i] as Region;
      for (let i = 0; i < reduceAxes.length; i++) if ((reduceAxes[i] as Axis).var === e) return regions[axes.length + i] as Region;
      return EVERYTHING;
    }
    case 'cast': return e.dtype === 'int32' || e.dtype === 'int64' ? regionOf(e.a, axes, reduceAxes, regions) : EVERYTHING;
    case 'binary': {
      const a = regionOf(e.a, axes, reduceAxes, regions);
      const b = regionOf(e.b, axes, reduceAxes, regions);
      switch (e.op) {
        case 'add': return addRegions(a, b);
        case 'sub': return addRegions(a, scaleRegion(b, -1));
        case 'mul': {
          const kb = constantPoint(b);
          if (kb !== undefined) return scaleRegion(a, kb);
          const ka = constantPoint(a);
          return ka === undefined ? EVERYTHING : scaleRegion(b, ka);
        }
        case 'floordiv': {
          const k = constantPoint(b);
          return k === undefined || k <= 0 ? EVERYTHING : divideRegion(a, k);
        }
        case 'floormod': {
          const k = constantPoint(b);
          return k === undefined || k <= 0 ? EVERYTHING : moduloRegion(a, k);
        }
        default: return EVERYTHING;
      }
    }
    default: return EVERYTHING;
  }
}

function constantPoint(r: Region): number | undefined {
  return r.point && r.lo !== undefined ? constantOf(r.lo) : undefined;
}

function mentionsRelaxed(s: Sum): boolean {
  for (let i = 0; i < s.terms.length; i++) {
    const base = (s.terms[i] as Term).base;
    if (base instanceof Sum ? mentionsRelaxed(base) : base instanceof LoopVar && base.relaxed) return true;
  }
  return false;
}

/** The region with its ends taken over the whole range of every variable that is marked as relaxed. */
export function relaxRegion(r: Region): Region {
  if (r.lo === undefined || r.hi === undefined) return r;
  if (!mentionsRelaxed(r.lo) && !mentionsRelaxed(r.hi)) return { lo: r.lo, hi: r.hi, point: r.lo === r.hi && isPlain(r.lo) };
  const low = sweep(r.lo);
  const high = r.hi === r.lo ? low : sweep(r.hi);
  return { lo: low.lo, hi: high.hi, point: false };
}

/** A constant or a variable alone. */
function isPlain(s: Sum): boolean {
  if (s.terms.length === 0) return true;
  const t = s.terms[0] as Term;
  return s.terms.length === 1 && s.constant === 0 && t.coef === 1 && t.mod === Infinity && t.div === 1;
}

/** The interval that a sum covers while the relaxed variables run and the others stand still. */
function sweep(s: Sum): Region {
  let result: Region = pointRegion(constantSum(s.constant));
  for (const t of s.terms) result = addRegions(result, scaleRegion(sweepAtom(t), t.coef));
  return result;
}

function sweepAtom(t: Term): Region {
  const base = t.base;
  if (base instanceof Sum ? !mentionsRelaxed(base) : !(base instanceof LoopVar && base.relaxed)) {
    return pointRegion(new Sum([t.coef === 1 ? t : { coef: 1, base: t.base, mod: t.mod, div: t.div, stuck: t.stuck }], 0));
  }
  let region = base instanceof Sum ? sweep(base) : rangeRegion(constantSum(0), base as LoopVar);
  if (t.mod !== Infinity) region = moduloRegion(region, t.mod);
  return t.div === 1 ? region : divideRegion(region, t.div);
}

/** Is `s` at most `limit` for all values of its variables, as far as their ranges are known? */
export function atMost(s: Sum, limit: number): boolean {
  const out: Interval = { lo: 0, hi: 0 };
  sumInterval(s, KNOWN_RANGES, out);
  return out.hi <= limit;
}

export function atLeast(s: Sum, limit: number): boolean {
  const out: Interval = { lo: 0, hi: 0 };
  sumInterval(s, KNOWN_RANGES, out);
  return out.lo >= limit;
}

/** An upper bound of `s`, or undefined. */
export function largest(s: Sum): number | undefined {
  const out: Interval = { lo: 0, hi: 0 };
  sumInterval(s, KNOWN_RANGES, out);
  return Number.isFinite(out.hi) ? out.hi : undefined;
}

