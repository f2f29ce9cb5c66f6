/**
 * Fused loops taken apart again: where a store's address has quotients and remainders of a loop variable, the loop is split at their
 * divisor, so that both parts have plain strides and can be tiled or go into lanes. The order of the iterations stays.
 */
import { binary, int, variable, type Expr, type Var } from '../../ir/expr.js';
import { mentions, visitExpr } from '../../ir/walk.js';
import { coefficient, type IndexSpace } from './linear.js';
import type { Loop, Nest } from './nest.js';
import { substitute } from './value.js';

/** The nest with such loops split; the variables' ranges must be declared. */
export function unfuse(nest: Nest, space: IndexSpace): Nest {
  let now = nest;
  for (let i = now.loops.length - 1; i >= 0; i--) {
    for (;;) {
      const loop = now.loops[i];
      const inner = loop === undefined ? undefined : divisor(loop, now.store.indices, space);
      if (loop === undefined || inner === undefined) break;
      now = split(now, i, loop, inner, space);
    }
  }
  return now;
}

/** The smallest length of an inner part that some quotient or remainder of the loop's variable asks for. */
function divisor(loop: Loop, indices: readonly Expr[], space: IndexSpace): number | undefined {
  let best: number | undefined;
  for (const index of indices) {
    for (const { atom } of space.linear(index).terms) {
      if (atom.kind === 'var' || !mentions(atom, loop.var)) continue;
      visitExpr(atom, (e) => {
        if (e.kind !== 'binary' || (e.op !== 'floordiv' && e.op !== 'floormod') || e.b.kind !== 'int') return;
        const step = coefficient(space.linear(e.a), loop.var);
        if (step === undefined || step <= 0 || e.b.value % step !== 0) return;
        const length = e.b.value / step;
        if (length > 1 && length < loop.extent && loop.extent % length === 0 && (best === undefined || length < best)) best = length;
      });
    }
  }
  return best;
}

function split(nest: Nest, at: number, loop: Loop, inner: number, space: IndexSpace): Nest {
  const outerVar = variable(`${loop.var.name}_o`);
  const innerVar = variable(`${loop.var.name}_i`);
  space.declare(outerVar, loop.extent / inner);
  space.declare(innerVar, inner);
  const by = new Map<Var, Expr>([[loop.var, binary('add', binary('mul', outerVar, int(inner)), innerVar)]]);
  const { store } = nest;
  return {
    ...nest,
    loops: [...nest.loops.slice(0, at), { var: outerVar, extent: loop.extent / inner }, { var: innerVar, extent: inner }, ...nest.loops.slice(at + 1)],
    store: { ...store, indices: store.indices.map((e) => substitute(e, by)), value: substitute(store.value, by) },
  };
}
