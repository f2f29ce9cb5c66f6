/** CumSum and CumProd (onnx/defs/math): one pass over the elements, however long the axis is. */
import { ProcedureBuilder } from '../../ir/procedure/builder.js';
import { elementCount } from '../../ir/buffer.js';
import type { DType } from '../../ir/dtype.js';
import type { Procedure, Term } from '../../ir/procedure/procedure.js';
import { add, constant, load, mul, sub, term } from '../../ir/procedure/terms.js';
import type { TensorType } from '../tensor.js';

export interface RunningSpec {
  readonly x: TensorType;
  readonly axis: number;
  readonly combiner: 'add' | 'mul';
  /** Without the element itself. */
  readonly exclusive: boolean;
  /** From the last element on. */
  readonly reverse: boolean;
}

/** What is combined so far can stand in the output; of narrower types it stays in a variable, which is wider. */
const WIDE: readonly DType[] = ['float32', 'float64', 'int32', 'int64', 'uint32', 'uint64'];

export function running({ x: type, axis, combiner, exclusive, reverse }: RunningSpec): Procedure {
  const p = new ProcedureBuilder(`running_${combiner}`);
  const x = p.input('x', type);
  const out = p.output('output', type);
  const [outer, n, inner] = [elementCount(type.shape.slice(0, axis)), type.shape[axis] ?? 1, elementCount(type.shape.slice(axis + 1))];
  const combine = combiner === 'add' ? add : mul;
  const neutral = constant(combiner === 'add' ? 0 : 1, load(x, 0).type);
  /** Where the elements of step `j` begin. */
  const begin = (o: Term, j: Term): Term => mul(add(mul(o, n), reverse ? sub(n - 1, j) : j), inner);
  if (inner > 1 && WIDE.includes(type.dtype)) {
    // Neighbours together, so that memory is walked in its order.
    p.for('o', 0, outer, (o) => {
      const first = p.let('first', begin(o, term(0)));
      p.for('i', 0, n === 0 ? 0 : inner, (i) => p.store(out, add(first, i), exclusive ? neutral : load(x, add(first, i))));
      p.for('j', 1, n, (j) => {
        const at = p.let('at', begin(o, j));
        const before = p.let('before', reverse ? add(at, inner) : sub(at, inner));
        p.for('k', 0, inner, (k) => p.store(out, add(at, k), combine(load(out, add(before, k)), load(x, add(exclusive ? before : at, k)))));
      });
    });
  } else {
    p.for('o', 0, outer, (o) => p.for('i', 0, inner, (i) => {
      const sum = p.let('sum', neutral);
      p.for('j', 0, n, (j) => {
        const at = p.let('at', add(begin(o, j), i));
        const element = p.let('element', load(x, at));
        if (exclusive) p.store(out, at, sum);
        p.set(sum, combine(sum, element));
        if (!exclusive) p.store(out, at, sum);
      });
    }));
  }
  return p.finish();
}
