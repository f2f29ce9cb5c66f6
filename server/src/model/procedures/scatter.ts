/** ScatterElements and ScatterND (onnx/defs/tensor): updates are applied in their order; one whose index lies outside is dropped, as XLA does. */
import { ProcedureBuilder } from '../../ir/procedure/builder.js';
import { elementCount, type Buffer } from '../../ir/buffer.js';
import type { Procedure, Term } from '../../ir/procedure/procedure.js';
import { add, choose, gt, isNaNTerm, load, lt, mul, or, constant } from '../../ir/procedure/terms.js';
import { stridesOf, type TensorType } from '../tensor.js';
import { copyAll, extentOf, flat, nest, withIndex } from './nest.js';

export const REDUCTIONS = ['none', 'add', 'mul', 'max', 'min'] as const;
export type Reduction = (typeof REDUCTIONS)[number];

export interface ScatterSpec {
  readonly data: TensorType;
  readonly indices: TensorType;
  readonly updates: TensorType;
  readonly reduction: Reduction;
  /** Whether only the first so many entries along the first dimension of `indices` and `updates` count (a last input says how many). */
  readonly counted: boolean;
}

/** NaN wins. */
function combined(reduction: Reduction, old: Term, update: Term): Term {
  const isNaNOf = (t: Term): Term => (t.type === 'float32' || t.type === 'float64' ? isNaNTerm(t) : constant(0));
  switch (reduction) {
    case 'none': return update;
    case 'add': return add(old, update);
    case 'mul': return mul(old, update);
    case 'max': return choose(or(gt(old, update), isNaNOf(old)), old, update);
    case 'min': return choose(or(lt(old, update), isNaNOf(old)), old, update);
  }
}

interface Ports { readonly p: ProcedureBuilder; readonly indices: Buffer; readonly updates: Buffer; readonly out: Buffer; readonly rows: (bound: number) => ReturnType<typeof extentOf> }

/** The output begins as a copy of the data. */
function begin(name: string, spec: ScatterSpec): Ports {
  const p = new ProcedureBuilder(`${name}_${spec.reduction}`);
  const data = p.input('data', spec.data);
  const indices = p.input('indices', spec.indices);
  const updates = p.input('updates', spec.updates);
  const count = spec.counted ? p.input('count', { dtype: 'int64', shape: [] }) : undefined;
  const out = p.output('output', spec.data);
  copyAll(p, out, data);
  return { p, indices, updates, out, rows: (bound) => extentOf(p, count, bound) };
}

function apply({ p, out }: Ports, reduction: Reduction, at: Term, update: Term): void {
  const place = p.let('place', at);
  if (reduction === 'none') p.store(out, place, update);
  else p.store(out, place, combined(reduction, p.let('old', load(out, place)), p.let('update', update)));
}

export function scatterElements(spec: ScatterSpec, axis: number): Procedure {
  const ports = begin('scatter_elements', spec);
  const { p, indices, updates, rows } = ports;
  const extents = indices.shape.map((extent, i) => (i === 0 ? rows(extent) : extent));
  nest(p, extents, (at) => {
    const from = p.let('from', flat(indices.shape, at));
    withIndex(p, load(indices, from), spec.data.shape[axis] ?? 1, (index) => {
      const to = flat(spec.data.shape, at.map((i, d) => (d === axis ? index : i)));
      apply(ports, spec.reduction, to, load(updates, from));
    });
  });
  return p.finish();
}

/** The last dimension of `indices` addresses the first dimensions of the data. */
export function scatterND(spec: ScatterSpec): Procedure {
  const ports = begin('scatter_nd', spec);
  const { p, indices, updates, rows } = ports;
  const depth = indices.shape[indices.shape.length - 1] ?? 0;
  const strides = stridesOf(spec.data.shape);
  const slice = elementCount(spec.data.shape.slice(depth));
  const outer = indices.shape.slice(0, -1);
  const extents = outer.map((extent, i) => (i === 0 ? rows(extent) : extent));
  nest(p, extents, (at) => {
    const tuple = p.let('tuple', flat(outer, at));
    const address = (d: number, offset: Term): void => {
      if (d === depth) {
        p.for('s', 0, slice, (s) => apply(ports, spec.reduction, add(offset, s), load(updates, add(mul(tuple, slice), s))));
        return;
      }
      withIndex(p, load(indices, add(mul(tuple, depth), d)), spec.data.shape[d] ?? 1, (index) => address(d + 1, p.let('offset', add(offset, mul(index, strides[d] ?? 1)))));
    };
    address(0, constant(0));
  });
  return p.finish();
}
