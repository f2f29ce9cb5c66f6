/**
 * What a condition keeps away: conjunctions of bounds on single indices narrow their ranges exactly; of anything else nothing is
 * claimed.
 */
import type { Expr, Var } from '../ir/expr.js';
import { visitExpr } from '../ir/walk.js';
import { linearIn, type Interval } from './ranges.js';

/** The ranges where all of `conditions` hold; undefined if one of them is not a conjunction of bounds on single variables. */
export function narrowed(conditions: readonly Expr[], ranges: ReadonlyMap<Var, Interval>): ReadonlyMap<Var, Interval> | undefined {
  const result = new Map(ranges);
  const pending = [...conditions];
  for (let cond = pending.pop(); cond !== undefined; cond = pending.pop()) {
    if (cond.kind === 'int' && cond.value !== 0) continue;
    if (cond.kind !== 'binary') return undefined;
    if (cond.op === 'and') {
      pending.push(cond.a, cond.b);
      continue;
    }
    if (!narrowByBound(cond.op, cond.a, cond.b, result)) return undefined;
  }
  return result;
}

function narrowByBound(op: string, a: Expr, b: Expr, ranges: Map<Var, Interval>): boolean {
  const [v, ...others] = variablesOf([a, b]);
  if (v === undefined || others.length > 0) return false;
  const [left, right] = [linearIn(a, v, ranges), linearIn(b, v, ranges)];
  const range = ranges.get(v);
  if (left === undefined || right === undefined || range === undefined || left.lo !== left.hi || right.lo !== right.hi) return false;
  // coefficient * v OP limit
  const coefficient = left.coefficient - right.coefficient;
  const limit = right.lo - left.lo;
  if (coefficient === 0) return false;
  const turned: Readonly<Record<string, string>> = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le', eq: 'eq' };
  const quotient = limit / coefficient;
  switch (coefficient > 0 ? op : turned[op]) {
    case 'lt': ranges.set(v, { lo: range.lo, hi: Math.min(range.hi, Math.ceil(quotient) - 1) }); return true;
    case 'le': ranges.set(v, { lo: range.lo, hi: Math.min(range.hi, Math.floor(quotient)) }); return true;
    case 'gt': ranges.set(v, { lo: Math.max(range.lo, Math.floor(quotient) + 1), hi: range.hi }); return true;
    case 'ge': ranges.set(v, { lo: Math.max(range.lo, Math.ceil(quotient)), hi: range.hi }); return true;
    case 'eq': ranges.set(v, { lo: Math.max(range.lo, Math.ceil(quotient)), hi: Math.min(range.hi, Math.floor(quotient)) }); return true;
    default: return false;
  }
}

function variablesOf(exprs: readonly Expr[]): readonly Var[] {
  const found = new Set<Var>();
  for (const e of exprs) visitExpr(e, (x) => { if (x.kind === 'var') found.add(x); });
  return [...found];
}

/** Whether the ends of an index's interval are values that it takes: a sum of multiples of different variables. */
export function takesItsEnds(index: Expr): boolean {
  let linear = true;
  let count = 0;
  visitExpr(index, (x) => {
    if (x.kind === 'var') count++;
    else if (x.kind === 'binary') linear &&= x.op === 'add' || x.op === 'sub' || (x.op === 'mul' && (x.a.kind === 'int' || x.b.kind === 'int'));
    else if (x.kind !== 'int') linear = false;
  });
  return linear && count === variablesOf([index]).length;
}
