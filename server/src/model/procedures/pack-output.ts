/** A model's output of a run-time extent as its caller gets it: its elements dense in the actual shape, and that shape. */
import { ProcedureBuilder } from '../../ir/procedure/builder.js';
import { elementCount } from '../../ir/buffer.js';
import type { Procedure } from '../../ir/procedure/procedure.js';
import { add, cast, mul, term } from '../../ir/procedure/terms.js';
import type { TensorType } from '../tensor.js';
import { extentOf, fill } from './nest.js';

/** Inputs: the value and its count. Outputs: the dense value (0 behind its end), its shape as int64. */
export function packOutput(x: TensorType, axis: number): Procedure {
  const p = new ProcedureBuilder('pack_output');
  const from = p.input('x', x);
  const count = p.input('count', { dtype: 'int64', shape: [] });
  const out = p.output('output', x);
  const shape = p.output('shape', { dtype: 'int64', shape: [x.shape.length] });
  const bound = x.shape[axis] ?? 1;
  const [outer, inner] = [elementCount(x.shape.slice(0, axis)), elementCount(x.shape.slice(axis + 1))];
  const found = p.let('found', term(extentOf(p, count, bound)));
  const row = p.let('row', mul(found, inner));
  p.for('o', 0, outer, (o) => p.for('i', 0, row, (i) => p.copy(out, add(mul(o, row), i), from, add(mul(o, bound * inner), i))));
  fill(p, out, mul(row, outer), elementCount(x.shape), 0);
  x.shape.forEach((extent, i) => p.store(shape, i, i === axis ? cast(found, 'int64') : extent));
  return p.finish();
}
