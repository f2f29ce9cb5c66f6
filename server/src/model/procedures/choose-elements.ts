/** NonZero and Compress: which elements stay depends on data. Outputs come first, then how many there are; what lies behind is 0. */
import { ProcedureBuilder } from '../../ir/procedure/builder.js';
import { elementCount } from '../../ir/buffer.js';
import type { Procedure, Term } from '../../ir/procedure/procedure.js';
import { add, cast, load, mul, ne } from '../../ir/procedure/terms.js';
import type { TensorType } from '../tensor.js';
import { extentOf, flat, nest } from './nest.js';

/** `counted`: the axis along which a last input says how many elements count. The output is [rank, elements]. */
export function nonZero(x: TensorType, counted: number | undefined): Procedure {
  const p = new ProcedureBuilder('non_zero');
  const from = p.input('x', x);
  const count = counted === undefined ? undefined : p.input('count', { dtype: 'int64', shape: [] });
  const bound = elementCount(x.shape);
  const rank = x.shape.length;
  const out = p.output('indices', { dtype: 'int64', shape: [rank, bound] });
  const number = p.output('found', { dtype: 'int64', shape: [] });
  const found = p.let('found', 0);
  nest(p, x.shape.map((extent, i) => (i === counted ? extentOf(p, count, extent) : extent)), (at) => {
    p.if(ne(load(from, flat(x.shape, at)), 0), () => {
      at.forEach((index, d) => p.store(out, add(found, d * bound), cast(index, 'int64')));
      p.set(found, add(found, 1));
    });
  });
  p.for('d', 0, rank, (d) => p.for('rest', found, bound, (i) => p.store(out, add(mul(d, bound), i), 0)));
  p.store(number, 0, cast(found, 'int64'));
  return p.finish();
}

/** The slices of `x` along `axis` whose condition holds; without an axis, elements. `bound`: the most that there can be. */
export function compress(x: TensorType, condition: TensorType, axis: number | undefined, counted: boolean): Procedure {
  const p = new ProcedureBuilder('compress');
  const from = p.input('x', x);
  const holds = p.input('condition', condition);
  const count = counted ? p.input('count', { dtype: 'int64', shape: [] }) : undefined;
  const all = axis === undefined ? [elementCount(x.shape)] : x.shape;
  const along = axis ?? 0;
  const [outer, extent, inner] = [elementCount(all.slice(0, along)), all[along] ?? 1, elementCount(all.slice(along + 1))];
  const bound = Math.min(extent, elementCount(condition.shape));
  const out = p.output('output', { dtype: x.dtype, shape: all.map((size, i) => (i === along ? bound : size)) });
  const number = p.output('found', { dtype: 'int64', shape: [] });
  const found = p.let('found', 0);
  const slice = (write: (to: Term, o: Term, i: Term) => void, at: Term): void => {
    p.for('o', 0, outer, (o) => p.for('i', 0, inner, (i) => write(add(mul(add(mul(o, bound), at), inner), i), o, i)));
  };
  p.for('e', 0, extentOf(p, count, bound), (e) => p.if(ne(load(holds, e), 0), () => {
    slice((to, o, i) => p.copy(out, to, from, add(mul(add(mul(o, extent), e), inner), i)), found);
    p.set(found, add(found, 1));
  }));
  p.for('rest', found, bound, (e) => slice((to) => p.store(out, to, 0), e));
  p.store(number, 0, cast(found, 'int64'));
  return p.finish();
}
