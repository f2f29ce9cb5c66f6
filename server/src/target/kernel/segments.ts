/**
 * Element-wise nests without tests inside: loops are cut where a condition on them changes, so that each part knows its branch, and conditions that
 * are the same for all elements are tested once, around the nest.
 *   before: for x in 0:230 { B[x] = x >= 3 && x < 227 ? A[x - 3] : 0 }
 *   after:  for x in 0:3 { B[x] = 0 }  for x in 0:224 { B[x + 3] = A[x] }  for x in 0:3 { B[x + 227] = 0 }
 * Index-set splitting (Wolfe, High Performance Compilers for Parallel Computing, 1996).
 */
import { choiceOf, choose } from '../../ir/choice.js';
import { binary, int, variable, type Expr, type Var } from '../../ir/expr.js';
import { mentions, rewriteExpr, visitExpr } from '../../ir/walk.js';
import type { BuildContext } from './context.js';
import { comparisons } from './guard.js';
import { isIndex } from './index-form.js';
import type { KernelStmt } from './ir.js';
import { coefficient } from './linear.js';
import type { Loop, Nest } from './nest.js';
import { conditionOf, substitute } from './value.js';

/** Parts of one loop, and of a nest, at most: each is code of its own. */
const MOST_OF_LOOP = 8;
const MOST_OF_NEST = 16;

/** The parts of the nest. */
export function segmentsOf(ctx: BuildContext, nest: Nest): readonly Nest[] {
  let parts: readonly Nest[] = [nest];
  for (const loop of nest.loops) {
    const next = parts.flatMap((part) => cut(ctx, part, loop));
    if (next.length <= MOST_OF_NEST) parts = next;
  }
  return parts.map((nest) => ({ ...nest, store: { ...nest.store, value: decided(ctx, nest.store.value) } }));
}

/** The value without choices whose conditions ranges decide. */
function decided(ctx: BuildContext, value: Expr): Expr {
  return rewriteExpr(value, (e) => {
    const found = choiceOf(e);
    if (found === undefined) return e;
    const tests = comparisons(found.cond)?.map((test) => ({ test, holds: conditionOf(ctx, test, undefined) }));
    if (tests === undefined) return e;
    if (tests.some(({ holds }) => holds === false)) return found.otherwise;
    const open = tests.filter(({ holds }) => holds !== true).map(({ test }) => test);
    return open.length === tests.length ? e : choose(open, found.then, found.otherwise);
  });
}

function cut(ctx: BuildContext, nest: Nest, loop: Loop): readonly Nest[] {
  const at = [0, ...boundaries(ctx, nest.store.value, loop), loop.extent];
  if (at.length === 2 || at.length > MOST_OF_LOOP + 1) return [nest];
  return at.slice(1).map((end, i) => part(ctx, nest, loop, at[i] ?? 0, end));
}

/** The iterations of `loop` from `start` to `end`. */
function part(ctx: BuildContext, nest: Nest, loop: Loop, start: number, end: number): Nest {
  const own: Loop = { var: variable(`${loop.var.name}_s`), extent: end - start };
  const single = own.extent === 1;
  if (!single) ctx.space.declare(own.var, own.extent);
  const by = new Map<Var, Expr>([[loop.var, single ? int(start) : start === 0 ? own.var : binary('add', own.var, int(start))]]);
  const { store } = nest;
  return {
    ...nest, loops: nest.loops.flatMap((l) => (l !== loop ? [l] : single ? [] : [own])),
    store: { ...store, indices: store.indices.map((e) => substitute(e, by)), value: substitute(store.value, by) },
  };
}

/** The iterations of `loop` from which on some comparison with a number has another result, ascending. */
function boundaries(ctx: BuildContext, value: Expr, loop: Loop): number[] {
  const found = new Set<number>();
  visitExpr(value, (e) => {
    if (e.kind !== 'binary' || !isIndex(e) || (e.op !== 'lt' && e.op !== 'ge' && e.op !== 'le' && e.op !== 'gt')) return;
    const difference = ctx.space.linear(binary('sub', e.a, e.b));
    const step = coefficient(difference, loop.var);
    if (step === undefined || step === 0 || difference.terms.length !== 1) return;
    const zero = -difference.constant / step;
    // Below 0 or not, at or above: the side on which zero itself lies.
    const zeroBelow = (e.op === 'le' || e.op === 'gt') === step > 0;
    const first = zeroBelow ? Math.floor(zero) + 1 : Math.ceil(zero);
    if (first > 0 && first < loop.extent) found.add(first);
  });
  return [...found].sort((a, b) => a - b);
}

/** `emit` for the nest, with the conditions of its value that no loop changes tested around it. */
export function testedOutside(ctx: BuildContext, nest: Nest, emit: (nest: Nest) => KernelStmt[] | undefined): KernelStmt[] | undefined {
  const { store } = nest;
  const found = choiceOf(store.value);
  const tests = found === undefined ? undefined : comparisons(found.cond);
  const fixed = tests?.filter((t) => !nest.loops.some((l) => mentions(t, l.var))) ?? [];
  if (found === undefined || tests === undefined || fixed.length === 0 || nest.loops.length === 0) return emit(nest);
  const cond = conditionOf(ctx, fixed.reduce((a, b) => binary('and', a, b)), undefined);
  if (typeof cond !== 'object') return emit(nest);
  const moving = tests.filter((t) => !fixed.includes(t));
  const inside = emit({ ...nest, store: { ...store, value: choose(moving, found.then, found.otherwise) } });
  const outside = emit({ ...nest, store: { ...store, value: found.otherwise } });
  if (inside === undefined || outside === undefined) return undefined;
  return [{ kind: 'if', cond, body: inside }, { kind: 'if', cond: { kind: 'not', a: cond }, body: outside }];
}
