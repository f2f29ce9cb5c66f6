/**
 * Guarded updates: where a padded tensor is not made but read through its condition, the terms outside the data are left out of the reduction.
 *   before: S = S + (y + r >= 1 ? data[y + r - 1] : 0) * w[r]      after: if (y + r >= 1) S = S + data[y + r - 1] * w[r]
 * A guard that only depends on loops around the registers is tested there. Those that depend on the place within a register tile are decided while
 * code is made: the tiles at the border are taken apart from those between, in which the guard holds throughout.
 */
import { choiceOf, conjuncts } from '../../ir/choice.js';
import { binary, int, type BinaryOp, type Expr } from '../../ir/expr.js';
import { mentions } from '../../ir/walk.js';
import { neutralValue } from '../../ir/scalar.js';
import type { BuildContext } from './context.js';
import { apart, type Cut } from './cuts.js';
import { isIndex } from './index-form.js';
import type { Condition, KernelStmt } from './ir.js';
import type { Loop, Update } from './nest.js';
import { conditionOf, substitute } from './value.js';

export interface Guarded {
  readonly update: Update;
  /** All of them hold where the update is carried out; each is a comparison of indices. */
  readonly guards: readonly Expr[];
}

/** The comparisons of indices that a condition joins by "and"; undefined if it is more than that. */
export function comparisons(cond: Expr): readonly Expr[] | undefined {
  const all = conjuncts(cond);
  return all.every((c) => c.kind === 'binary' && ORDERS.has(c.op) && isIndex(c)) ? all : undefined;
}

const ORDERS: ReadonlySet<BinaryOp> = new Set<BinaryOp>(['lt', 'le', 'gt', 'ge']);

/** The update with the conditions of its factors as guards, where what they give otherwise is neutral for it. */
export function guarded(update: Update): Guarded {
  const guards: Expr[] = [];
  const strip = (e: Expr): Expr => {
    if (update.op === 'add' && e.kind === 'binary' && e.op === 'mul') {
      const a = strip(e.a);
      const b = strip(e.b);
      return a === e.a && b === e.b ? e : binary('mul', a, b);
    }
    const found = choiceOf(e);
    const tests = found === undefined ? undefined : comparisons(found.cond);
    if (found === undefined || tests === undefined || !isNeutral(update.op, found.otherwise)) return e;
    guards.push(...tests);
    return strip(found.then);
  };
  const source = strip(update.source);
  return { update: guards.length === 0 ? update : { op: update.op, source }, guards };
}

function isNeutral(op: Update['op'], e: Expr): boolean {
  return e.kind === 'float' && ((op === 'add' && e.value === 0) || (op === 'max' && e.value <= neutralValue('max', e.dtype)) || (op === 'min' && e.value >= neutralValue('min', e.dtype)));
}

/** Tiles at either end of a loop that are taken apart at most. */
const MOST_APART = 2;

/** The cuts of `loop` with the tiles at its ends on their own, if the guards hold in all tiles between. */
export function cutsAtBorders(ctx: BuildContext, guards: readonly Expr[], loop: Loop, cuts: readonly Cut[]): readonly Cut[] {
  const own = guards.filter((g) => mentions(g, loop.var));
  if (own.length === 0) return cuts;
  return cuts.flatMap((cut): readonly Cut[] => {
    if (cut.count <= 1 || cut.lanes > 1) return [cut];
    const holds = (g: Expr, tile: number): boolean =>
      cut.offsets.every((offset) => conditionOf(ctx, substitute(g, new Map([[loop.var, int(tile * cut.step + offset)]])), undefined) === true);
    const decidable = own.filter((g) => holds(g, Math.floor(cut.count / 2)));
    const inside = (tile: number): boolean => decidable.every((g) => holds(g, tile));
    if (decidable.length === 0) return [cut];
    let first = 0;
    while (first < MOST_APART && !inside(first)) first++;
    let last = cut.count - 1;
    while (cut.count - 1 - last < MOST_APART && !inside(last)) last--;
    return inside(first) && inside(last) ? apart(cut, first, last) : [cut];
  });
}

/** `body` in the loops, each guard tested as far outside as it can be. */
export function loopsWithGuards(ctx: BuildContext, loops: readonly Loop[], guards: readonly Expr[], body: readonly KernelStmt[]): KernelStmt[] {
  const depth = (g: Expr): number => loops.findLastIndex((l) => mentions(g, l.var));
  let inner = body.slice();
  for (let at = loops.length - 1; at >= -1; at--) {
    const tests = guards.filter((g) => depth(g) === at).map((g) => conditionOf(ctx, g, undefined)).filter((c) => c !== true);
    if (tests.includes(false)) inner = [];
    const open = tests.filter((c) => typeof c === 'object');
    if (open.length > 0) inner = [{ kind: 'if', cond: allOf(open), body: inner }];
    const loop = loops[at];
    if (loop !== undefined) inner = ctx.wrap([loop], inner);
  }
  return inner;
}

export function allOf(conditions: readonly Condition[]): Condition {
  return conditions.reduce((a, b) => ({ kind: 'and', a, b }));
}
