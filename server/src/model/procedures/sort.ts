/** Sorting of element numbers by binary heaps: n log n at worst, in place, nothing recursive. */
import type { ProcedureBuilder, Variable } from '../../ir/procedure/builder.js';
import type { Buffer } from '../../ir/buffer.js';
import type { Term } from '../../ir/procedure/procedure.js';
import { add, and, div, eq, ge, gt, isNaNTerm, load, lt, mul, or, sub, term, type Operand } from '../../ir/procedure/terms.js';

/** Whether element `a` comes before element `b`; may write statements. Must be a total order, else only the order suffers. */
export type Before = (a: Variable, b: Variable) => Term;

/** a > b, where NaN is greater than every number. */
export function greater(a: Term, b: Term): Term {
  if (a.type !== 'float32' && a.type !== 'float64') return gt(a, b);
  return or(gt(a, b), and(isNaNTerm(a), eq(b, b)));
}

/** Equal, or both NaN. */
export function same(a: Term, b: Term): Term {
  if (a.type !== 'float32' && a.type !== 'float64') return eq(a, b);
  return or(eq(a, b), and(isNaNTerm(a), isNaNTerm(b)));
}

/** Puts `id` where it belongs below place `start` of a heap of `size` ids, whose root comes last. */
export function siftDown(p: ProcedureBuilder, heap: Buffer, size: Operand, start: Operand, id: Variable, before: Before): void {
  const place = p.let('place', start);
  const child = p.let('child', add(mul(place, 2), 1));
  p.while(lt(child, size), () => {
    const chosen = p.let('chosen', load(heap, child));
    p.if(lt(add(child, 1), size), () => {
      const other = p.let('other', load(heap, add(child, 1)));
      p.if(before(chosen, other), () => {
        p.set(chosen, other);
        p.set(child, add(child, 1));
      });
    });
    p.if(before(id, chosen), () => {
      p.store(heap, place, chosen);
      p.set(place, child);
      p.set(child, add(mul(child, 2), 1));
    }, () => p.set(child, size));
  });
  p.store(heap, place, id);
}

/** Makes a heap of the first `size` ids. */
export function makeHeap(p: ProcedureBuilder, heap: Buffer, size: Operand, before: Before): void {
  const start = p.let('start', sub(div(term(size), 2), 1));
  p.while(ge(start, 0), () => {
    const id = p.let('id', load(heap, start));
    siftDown(p, heap, size, start, id, before);
    p.set(start, sub(start, 1));
  });
}

/** Turns a heap of `size` ids into a list in order. */
export function sortHeap(p: ProcedureBuilder, heap: Buffer, size: Operand, before: Before): void {
  const last = p.let('last', sub(term(size), 1));
  p.while(gt(last, 0), () => {
    const id = p.let('id', load(heap, last));
    p.copy(heap, last, heap, 0);
    siftDown(p, heap, last, 0, id, before);
    p.set(last, sub(last, 1));
  });
}

export function sort(p: ProcedureBuilder, ids: Buffer, size: Operand, before: Before): void {
  makeHeap(p, ids, size, before);
  sortHeap(p, ids, size, before);
}

