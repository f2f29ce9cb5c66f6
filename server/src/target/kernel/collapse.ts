/**
 * Neighbouring loops that step through memory as one: all addresses move by the extent of the inner loop when the outer one makes a step.
 *   before: for x in 0:224, c in 0:3 { B[3 x + c + 9] = A[3 x + c] }      after: for xc in 0:672 { B[xc + 9] = A[xc] }
 */
import { int, variable, type Expr, type Var } from '../../ir/expr.js';
import { mentions, operands } from '../../ir/walk.js';
import type { BuildContext } from './context.js';
import { isIndex } from './index-form.js';
import { coefficient, type Linear } from './linear.js';
import type { Loop, Nest } from './nest.js';
import { substitute } from './value.js';

/** The nest with such pairs joined; `may`: which two neighbours (outer, inner) may be. */
export function collapse(ctx: BuildContext, nest: Nest, may: (outer: Loop, inner: Loop) => boolean): Nest {
  let now = nest;
  for (let i = now.loops.length - 2; i >= 0; i--) {
    const outer = now.loops[i];
    const inner = now.loops[i + 1];
    if (outer !== undefined && inner !== undefined && may(outer, inner) && areOne(ctx, now, outer, inner)) now = joined(ctx, now, i, outer, inner);
  }
  return now;
}

/** A variable in the inner one's place: with the outer one at 0 its steps reach all addresses. */
function joined(ctx: BuildContext, nest: Nest, at: number, outer: Loop, inner: Loop): Nest {
  const both: Loop = { var: variable(inner.var.name), extent: outer.extent * inner.extent };
  ctx.space.declare(both.var, both.extent);
  const by = new Map<Var, Expr>([[outer.var, int(0)], [inner.var, both.var]]);
  const { store } = nest;
  return {
    ...nest, loops: [...nest.loops.slice(0, at), both, ...nest.loops.slice(at + 2)],
    store: { ...store, indices: store.indices.map((e) => substitute(e, by)), value: substitute(store.value, by) },
  };
}

function areOne(ctx: BuildContext, nest: Nest, outer: Loop, inner: Loop): boolean {
  const fits = (l: Linear): boolean => {
    const step = coefficient(l, inner.var);
    return step !== undefined && coefficient(l, outer.var) === step * inner.extent;
  };
  /** Quotients and remainders that ranges resolve now need not resolve for a longer loop. */
  const plain = (e: Expr): boolean =>
    !(e.kind === 'binary' && (e.op === 'floordiv' || e.op === 'floormod') && (mentions(e, outer.var) || mentions(e, inner.var))) && operands(e).every(plain);
  /** Do the variables stand in addresses only? */
  const all = (e: Expr): boolean => {
    if (e.kind === 'load') return e.indices.every((i) => isIndex(i) && plain(i)) && fits(ctx.storage.flat(e.buffer, e.indices));
    return e !== outer.var && e !== inner.var && operands(e).every(all);
  };
  const { store } = nest;
  return store.indices.every(plain) && fits(ctx.storage.flat(store.buffer, store.indices)) && all(store.value);
}
