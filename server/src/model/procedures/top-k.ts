/**
 * TopK: a heap of the k best seen so far along the axis, n log k. Equal elements come in the order of their indices; NaN counts as greater
 * than every number (as numpy and PyTorch sort).
 */
import { ProcedureBuilder, type Variable } from '../../ir/procedure/builder.js';
import { elementCount } from '../../ir/buffer.js';
import type { Procedure } from '../../ir/procedure/procedure.js';
import { add, and, gt, load, lt, min, mul, or, term } from '../../ir/procedure/terms.js';
import type { TensorType } from '../tensor.js';
import { clampedCount, extentOf } from './nest.js';
import { greater, makeHeap, same, siftDown, sortHeap } from './sort.js';

export interface TopKSpec {
  readonly x: TensorType;
  readonly axis: number;
  /** The number of elements, or its bound where a further input (`k`, of this type) says it in a run. */
  readonly k: number;
  readonly kType: TensorType | undefined;
  readonly largest: boolean;
  /** Whether a last input says how many elements along the axis count. */
  readonly counted: boolean;
}

/** Inputs: x, then k and the count where the spec says so. Outputs: values, indices (int64), and, where either is given, how many there are. */
export function topK({ x: type, axis, k: bound, kType, largest, counted }: TopKSpec): Procedure {
  const p = new ProcedureBuilder('top_k');
  const x = p.input('x', type);
  const wanted = kType === undefined ? undefined : p.input('k', kType);
  const valid = counted ? p.input('count', { dtype: 'int64', shape: [] }) : undefined;
  const n = type.shape[axis] ?? 1;
  const [outer, inner] = [elementCount(type.shape.slice(0, axis)), elementCount(type.shape.slice(axis + 1))];
  const shape = type.shape.map((extent, i) => (i === axis ? bound : extent));
  const values = p.output('values', { dtype: type.dtype, shape });
  const indices = p.output('indices', { dtype: 'int64', shape });
  const heap = p.scratch('heap', 'int32', bound);
  const size = p.let('n', term(extentOf(p, valid, n)));
  const asked = wanted === undefined ? term(bound) : clampedCount(p, load(wanted, 0), bound);
  const k = p.let('k', asked);
  p.set(k, min(k, size));
  if (wanted !== undefined || counted) p.store(p.output('found', { dtype: 'int64', shape: [] }), 0, { kind: 'cast', a: k, type: 'int64' });
  p.for('o', 0, outer, (o) => p.for('i', 0, inner, (i) => {
    const start = p.let('base', add(mul(o, n * inner), i));
    const before = (a: Variable, b: Variable) => {
      const [va, vb] = [p.let('va', load(x, add(start, mul(a, inner)))), p.let('vb', load(x, add(start, mul(b, inner))))];
      return or(largest ? greater(va, vb) : greater(vb, va), and(same(va, vb), lt(a, b)));
    };
    p.for('e', 0, k, (e) => p.store(heap, e, e));
    p.if(gt(k, 0), () => {
      makeHeap(p, heap, k, before);
      p.for('e', k, size, (e) => {
        const worst = p.let('worst', load(heap, 0));
        const id = p.let('next', e);
        p.if(before(id, worst), () => siftDown(p, heap, k, 0, id, before));
      });
      sortHeap(p, heap, k, before);
    });
    const out = p.let('to', add(mul(o, bound * inner), i));
    p.for('e', 0, bound, (e) => {
      p.if(lt(e, k), () => {
        const id = p.let('best', load(heap, e));
        p.copy(values, add(out, mul(e, inner)), x, add(start, mul(id, inner)));
        p.store(indices, add(out, mul(e, inner)), { kind: 'cast', a: id, type: 'int64' });
      }, () => {
        p.store(values, add(out, mul(e, inner)), 0);
        p.store(indices, add(out, mul(e, inner)), 0);
      });
    });
  }));
  return p.finish();
}
