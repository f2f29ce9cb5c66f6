/** From values of a stage's leaves to values of all its iterators, and the bound checks that imperfect tiles need. */
import type { Axis } from '../dag/op.js';
import { add, constantOf, constantSum, IndexVar, scale, sumToExpr, variableSum, type Sum } from '../ir/affine.js';
import { divide, KNOWN_RANGES, modulo, NO_KNOWLEDGE, normalise, sumInterval, type Interval, type Knowledge } from '../ir/affine-division.js';
import { compare, comparisonToExpr, factOf } from '../ir/affine-compare.js';
import { binary, int, type BinaryOp, type Expr } from '../ir/expr.js';
import type { LoopVar, Relation } from '../bounds/loop-var.js';
import type { StageSchedule } from '../bounds/stage-schedule.js';
import { knowing } from './environment.js';

const ZERO = constantSum(0);

/** Values by slot, counted from 0; undefined where a leaf that takes no part is needed. */
export type Values = (Sum | undefined)[];

/** Fills in the values of all iterators from those of the leaves, without the use of ranges. */
export function completeValues(stage: StageSchedule, values: Values): void {
  const relations = stage.relations;
  for (let i = relations.length - 1; i >= 0; i--) {
    const r = relations[i] as Relation;
    if (r.kind === 'split') {
      const outer = values[r.outer.slot];
      const inner = values[r.inner.slot];
      if (outer === undefined || inner === undefined) continue;
      values[r.parent.slot] = add(times(outer, r.inner), inner);
    } else if (r.kind === 'fuse') {
      const fused = values[r.fused.slot];
      if (fused === undefined) continue;
      if (r.inner.symbolic !== undefined) {
        values[r.outer.slot] = bySymbolic('floordiv', fused, r.inner.symbolic, r.outer);
        values[r.inner.slot] = bySymbolic('floormod', fused, r.inner.symbolic, r.inner);
      } else if (r.inner.extent === 1) {
        values[r.outer.slot] = fused;
        values[r.inner.slot] = ZERO;
      } else {
        values[r.outer.slot] = divide(fused, r.inner.extent, NO_KNOWLEDGE);
        values[r.inner.slot] = modulo(fused, r.inner.extent, NO_KNOWLEDGE);
      }
    }
  }
}

function times(outer: Sum, inner: LoopVar): Sum {
  if (inner.symbolic === undefined) return scale(outer, inner.extent);
  const k = constantOf(outer);
  return k === undefined ? opaque('mul', outer, inner.symbolic) : scale(inner.symbolic, k);
}

function bySymbolic(op: BinaryOp, value: Sum, by: Sum, range: LoopVar): Sum {
  const k = constantOf(value);
  return k === 0 ? ZERO : opaque(op, value, by, range);
}

function opaque(op: BinaryOp, a: Sum, b: Sum, range?: LoopVar): Sum {
  const v = new IndexVar(binary(op, sumToExpr(normalise(a, KNOWN_RANGES)), sumToExpr(normalise(b, KNOWN_RANGES))));
  v.lo = 0;
  if (range !== undefined) v.hi = range.extent - 1;
  return variableSum(v);
}

/** Absolute values of the root axes (spatial, then reduce); 0 stands for those that take no part. */
export function rootValues(stage: StageSchedule, values: Values): Sum[] {
  return stage.roots.map((v) => add(values[v.slot] ?? ZERO, v.min));
}

export interface Checks { readonly conditions: readonly Expr[]; readonly know: Knowledge }

const NONE: Checks = Object.freeze({ conditions: Object.freeze([]), know: KNOWN_RANGES });

/**
 * The conditions under which values lie in the ranges of their iterators and domains, outermost first, each simplified under
 * those before it; `know` has them all as facts. `takes`: which iterators are looked at (the init nest leaves reductions out).
 */
export function boundChecks(stage: StageSchedule, values: Values, takes: (v: LoopVar) => boolean): Checks {
  let conditions: Expr[] | undefined;
  let know = KNOWN_RANGES;
  const require = (a: Sum, b: Sum, strict: boolean): void => {
    const c = compare(a, b, strict, know);
    if (c === true) return;
    conditions ??= [];
    if (c === false) {
      conditions.push(int(0, 'bool'));
      return;
    }
    conditions.push(comparisonToExpr(c));
    know = knowing(know, [factOf(c)]);
  };
  const checked = checkedIterators(stage);
  if (checked !== undefined) {
    for (const v of stage.vars) {
      const value = values[v.slot];
      if (checked[v.slot] === true && value !== undefined && takes(v)) require(value, v.symbolic ?? constantSum(v.extent), true);
    }
  }
  const { axes, reduceAxes } = stage.compute;
  const own: Interval = { lo: 0, hi: 0 };
  const start: Interval = { lo: 0, hi: 0 };
  stage.roots.forEach((v, i) => {
    const domain = (i < axes.length ? axes[i] : reduceAxes[i - axes.length]) as Axis;
    const value = values[v.slot];
    if (value === undefined || !takes(v)) return;
    if (v.symbolic === undefined && v.extent === domain.extent && constantOf(v.min) === domain.min) return;
    const absolute = add(value, v.min);
    sumInterval(normalise(value, know), know, own);
    sumInterval(normalise(v.min, know), know, start);
    if (!(start.lo + own.lo >= domain.min)) require(constantSum(domain.min), absolute, false);
    if (!(start.hi + own.hi < domain.min + domain.extent)) require(absolute, constantSum(domain.min + domain.extent), true);
  });
  return conditions === undefined ? NONE : { conditions, know };
}

/** By slot: which iterators may run past their end; undefined if none. From the leaves up. */
function checkedIterators(stage: StageSchedule): boolean[] | undefined {
  let checked: boolean[] | undefined;
  for (const leaf of stage.leaves) if (leaf.symbolic !== undefined) (checked ??= [])[leaf.slot] = true;
  for (let i = stage.relations.length - 1; i >= 0; i--) {
    const r = stage.relations[i] as Relation;
    if (r.kind === 'split') {
      if (
        checked?.[r.outer.slot] === true || checked?.[r.inner.slot] === true || r.parent.symbolic !== undefined ||
        r.parent.extent !== r.outer.extent * r.inner.extent
      ) (checked ??= [])[r.parent.slot] = true;
    } else if (r.kind === 'fuse' && checked?.[r.fused.slot] === true) checked[r.outer.slot] = checked[r.inner.slot] = true;
  }
  return checked;
}
