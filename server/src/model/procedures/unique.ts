/**
 * Unique: sorts element (or slice) numbers, equal ones in the order in which they stand, then numbers the groups: n log n. NaN equals NaN and
 * is greater than every number (as numpy has it).
 */
import { ProcedureBuilder, type Variable } from '../../ir/procedure/builder.js';
import { elementCount } from '../../ir/buffer.js';
import type { Procedure, Term } from '../../ir/procedure/procedure.js';
import { add, and, cast, div, eq, gt, load, lt, mod, mul, or, sub } from '../../ir/procedure/terms.js';
import type { TensorType } from '../tensor.js';
import { extentOf, fill } from './nest.js';
import { greater, same, sort } from './sort.js';

export interface UniqueSpec {
  readonly x: TensorType;
  /** undefined: of single elements. */
  readonly axis: number | undefined;
  /** In ascending order; otherwise in the order of first occurrence. */
  readonly sorted: boolean;
  readonly counted: boolean;
}

/** Outputs: the unique slices, their first indices, the inverse, how often each occurs, and how many there are. */
export function unique({ x: type, axis, sorted, counted }: UniqueSpec): Procedure {
  const p = new ProcedureBuilder('unique');
  const x = p.input('x', type);
  const count = counted ? p.input('count', { dtype: 'int64', shape: [] }) : undefined;
  const all = axis === undefined ? [elementCount(type.shape)] : type.shape;
  const along = axis ?? 0;
  const [outer, n, inner] = [elementCount(all.slice(0, along)), all[along] ?? 1, elementCount(all.slice(along + 1))];
  const list = { dtype: 'int64', shape: [n] } as const;
  const [out, firsts, inverse, counts] = [p.output('unique', { dtype: type.dtype, shape: all }), p.output('indices', list), p.output('inverse', list), p.output('counts', list)];
  const number = p.output('found', { dtype: 'int64', shape: [] });
  const ids = p.scratch('ids', 'int32', n);
  const group = p.scratch('group', 'int32', n);
  const first = p.scratch('first', 'int32', n);
  const valid = p.let('valid', extentOf(p, count, n));
  /** Element `e` of slice `id`, where the slice's elements are counted through. */
  const element = (id: Term, e: Term): Term => {
    if (inner === 1) return load(x, add(mul(e, n), id));
    return load(x, add(mul(add(mul(div(e, inner), n), id), inner), mod(e, inner)));
  };
  /** -1, 0 or 1, as slice `a` is before, equal to or behind slice `b`. */
  const order = (a: Variable, b: Variable): Variable => {
    const result = p.let('order', 0);
    const at = p.let('at', 0);
    p.while(and(eq(result, 0), lt(at, outer * inner)), () => {
      const [va, vb] = [p.let('va', element(a, at)), p.let('vb', element(b, at))];
      p.if(greater(va, vb), () => p.set(result, 1), () => p.if(eq(same(va, vb), 0), () => p.set(result, -1)));
      p.set(at, add(at, 1));
    });
    return result;
  };
  p.for('s', 0, valid, (s) => p.store(ids, s, s));
  sort(p, ids, valid, (a, b) => {
    const result = order(a, b);
    return or(lt(result, 0), and(eq(result, 0), lt(a, b)));
  });
  const groups = p.let('groups', 0);
  const previous = p.let('previous', 0);
  p.for('s', 0, valid, (s) => {
    const id = p.let('id', load(ids, s));
    const fresh = p.let('fresh', 1);
    p.if(gt(s, 0), () => p.if(eq(order(previous, id), 0), () => p.set(fresh, 0)));
    p.if(fresh, () => {
      p.store(first, groups, id);
      p.set(groups, add(groups, 1));
    });
    p.store(group, id, sub(groups, 1));
    p.set(previous, id);
  });
  // Groups in the order of first occurrence: `ids` now says which number each group gets.
  if (sorted) p.for('g', 0, groups, (g) => p.store(ids, g, g));
  else {
    const next = p.let('next', 0);
    p.for('s', 0, valid, (s) => {
      const own = p.let('own', load(group, s));
      p.if(eq(load(first, own), s), () => {
        p.store(ids, own, next);
        p.set(next, add(next, 1));
      });
    });
  }
  fill(p, counts, 0, n, 0);
  fill(p, firsts, 0, n, 0);
  fill(p, inverse, 0, n, 0);
  fill(p, out, 0, elementCount(all), 0);
  p.for('g', 0, groups, (g) => {
    const [place, from] = [p.let('place', load(ids, g)), p.let('from', load(first, g))];
    p.store(firsts, place, cast(from, 'int64'));
    p.for('o', 0, outer, (o) => p.for('i', 0, inner, (i) => p.copy(out, add(mul(add(mul(o, n), place), inner), i), x, add(mul(add(mul(o, n), from), inner), i))));
  });
  p.for('s', 0, valid, (s) => {
    const place = p.let('place', load(ids, load(group, s)));
    p.store(inverse, s, cast(place, 'int64'));
    p.store(counts, place, add(load(counts, place), 1));
  });
  p.store(number, 0, cast(groups, 'int64'));
  return p.finish();
}
