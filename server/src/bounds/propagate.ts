/** Ranges pushed down from root axes to leaves, regions passed up from leaves to root axes (TVM: PassDownDomain, PassUpDomain). */
import { add, addConstant, constantOf, constantSum, IndexVar, scale, subtract, Sum, sumToExpr, variableSum } from '../ir/affine.js';
import { divide, KNOWN_RANGES, modulo } from '../ir/affine-division.js';
import { binary } from '../ir/expr.js';
import type { LoopVar, Relation } from './loop-var.js';
import { divideRegion, EVERYTHING, joinRegions, largest, moduloRegion, pointRegion, rangeRegion, type Region } from './region.js';
import type { StageSchedule } from './stage-schedule.js';

const ZERO = constantSum(0);

/** (E + 1) div 2 - E div 2 is E mod 2: what reading every second element leaves in extents. */
export function paritySimplified(s: Sum): Sum {
  for (const high of s.terms) {
    if (high.div !== 2 || high.mod !== Infinity || !(high.base instanceof Sum)) continue;
    const even = addConstant(high.base, -1);
    const low = divide(even, 2, KNOWN_RANGES);
    const without = subtract(s, scale(new Sum([{ ...high, coef: 1 }], 0), high.coef));
    const lessLow = add(without, scale(low, high.coef));
    if (lessLow.terms.length < without.terms.length) return add(lessLow, scale(modulo(even, 2, KNOWN_RANGES), high.coef));
  }
  return s;
}

/** Sets the range of an iterator that counts from 0; `symbolic` extents are kept with the largest value they can take. */
export function setExtent(v: LoopVar, extent: number, symbolic: Sum | undefined): void {
  if (symbolic !== undefined) {
    const constant = constantOf(symbolic);
    if (constant === undefined) {
      v.symbolic = paritySimplified(symbolic);
      v.extent = Math.max(1, largest(v.symbolic) ?? extent);
      return;
    }
    extent = constant;
  }
  v.symbolic = undefined;
  v.extent = extent;
}

function setPartExtent(v: LoopVar, extent: number, symbolic: Sum | undefined): void {
  setExtent(v, extent, symbolic);
  v.lo = 0;
  v.hi = v.extent - 1;
}

/** The extents of all parts and fusions of a stage whose root axes have theirs. Fused iterators get no known range here. */
export function pushDown(stage: StageSchedule): void {
  for (const v of stage.roots) {
    v.lo = 0;
    v.hi = v.extent - 1;
  }
  for (const r of stage.relations) {
    if (r.kind === 'singleton') setPartExtent(r.fused, 1, undefined);
    else if (r.kind === 'fuse') pushFuse(r.outer, r.inner, r.fused);
    else {
      const { parent, length } = r;
      const made = r.byParts ? r.outer : r.inner;
      const rest = r.byParts ? r.inner : r.outer;
      if (parent.extent < length && !made.threadBelow && parent.extent > 0) setPartExtent(made, parent.extent, parent.symbolic);
      else setPartExtent(made, length, undefined);
      const restSymbolic = parent.symbolic === undefined ? undefined : divide(addConstant(parent.symbolic, length - 1), length, KNOWN_RANGES);
      setPartExtent(rest, Math.floor((parent.extent + length - 1) / length), restSymbolic);
    }
  }
}

function pushFuse(outer: LoopVar, inner: LoopVar, fused: LoopVar): void {
  const extent = outer.extent * inner.extent;
  let symbolic: Sum | undefined;
  if (outer.symbolic !== undefined && inner.symbolic !== undefined) {
    const product = new IndexVar(binary('mul', sumToExpr(outer.symbolic), sumToExpr(inner.symbolic)));
    product.lo = 0;
    product.hi = extent;
    symbolic = variableSum(product);
  } else if (outer.symbolic !== undefined) symbolic = scale(outer.symbolic, inner.extent);
  else if (inner.symbolic !== undefined) symbolic = scale(inner.symbolic, outer.extent);
  setExtent(fused, extent, symbolic);
  fused.lo = -Infinity;
  fused.hi = Infinity;
}

/** Is the region the whole range of `v` (not the other way round for an extent of 1, which is always whole)? */
function isWhole(r: Region, v: LoopVar): boolean {
  if (v.symbolic !== undefined) return r === v.whole;
  return r === v.whole || v.extent === 1;
}

/** The region of an iterator that runs over its whole range, counted from 0. */
export function wholeRegion(v: LoopVar): Region {
  return (v.whole ??= rangeRegion(ZERO, v));
}

/**
 * From regions of the leaves (by slot, counted from 0) to regions of the root axes (absolute), written into `regions`.
 */
export function passUp(stage: StageSchedule, regions: Region[]): void {
  for (let i = stage.relations.length - 1; i >= 0; i--) {
    const r = stage.relations[i] as Relation;
    if (r.kind === 'split') {
      const outer = regions[r.outer.slot] ?? EVERYTHING;
      const inner = regions[r.inner.slot] ?? EVERYTHING;
      regions[r.parent.slot] = (isWhole(outer, r.outer) && isWhole(inner, r.inner)) || r.inner.symbolic !== undefined
        ? wholeRegion(r.parent)
        : joinRegions(outer, r.inner.extent, inner, ZERO);
    } else if (r.kind === 'fuse') {
      const fused = regions[r.fused.slot] ?? EVERYTHING;
      const e = r.inner.extent;
      if (r.inner.symbolic !== undefined || isWhole(fused, r.fused)) {
        regions[r.outer.slot] = wholeRegion(r.outer);
        regions[r.inner.slot] = wholeRegion(r.inner);
        continue;
      }
      regions[r.outer.slot] = divideRegion(fused, e);
      regions[r.inner.slot] = fused.point || withinOneRow(fused, e) ? moduloEnds(fused, e) : wholeRegion(r.inner);
    }
  }
  for (const v of stage.roots) {
    const region = regions[v.slot] ?? EVERYTHING;
    if (constantOf(v.min) !== 0) regions[v.slot] = joinRegions(pointRegion(ZERO), 1, region, v.min);
  }
}

function moduloEnds(r: Region, e: number): Region {
  if (r.point || r.lo === undefined || r.hi === undefined) return moduloRegion(r, e);
  const lo = moduloRegion(pointRegion(r.lo), e).lo;
  const hi = moduloRegion(pointRegion(r.hi), e).lo;
  return { lo, hi, point: false };
}

/** Does an interval of constant length that divides e start at a multiple of its length? */
function withinOneRow(r: Region, e: number): boolean {
  if (r.lo === undefined || r.hi === undefined) return false;
  const length = constantOf(lengthOf(r.lo, r.hi));
  if (length === undefined || length <= 0 || e % length !== 0) return false;
  const rest = moduloRegion(pointRegion(r.lo), length).lo;
  return rest !== undefined && constantOf(rest) === 0;
}

function lengthOf(lo: Sum, hi: Sum): Sum {
  return addConstant(subtract(hi, lo), 1);
}
