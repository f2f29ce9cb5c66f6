/** Floating-point operations of a compute DAG (TVM: FlopEstimator; spec task-scheduler, section 3). */
import { elementCount } from '../ir/buffer.js';
import { isFloat, isUnsigned, type DType } from '../ir/dtype.js';
import type { Expr } from '../ir/expr.js';
import type { ComputeDag } from './compute-dag.js';
import type { ComputeOp } from './op.js';

type TypeCode = 'float' | 'bfloat' | 'int' | 'uint';

function typeCode(dtype: DType): TypeCode {
  if (dtype === 'bfloat16') return 'bfloat';
  if (isFloat(dtype)) return 'float';
  return isUnsigned(dtype) ? 'uint' : 'int';
}

/** Operations on values of type code `counted` in one evaluation of `e`; indices are not counted. */
function cost(e: Expr, counted: TypeCode): number {
  const is = (x: Expr): boolean => typeCode(x.dtype) === counted;
  switch (e.kind) {
    case 'var': case 'int': case 'float': case 'load': return 0;
    case 'cast': return cost(e.a, counted);
    case 'not': return (is(e) ? 1 : 0) + cost(e.a, counted);
    case 'binary': return (is(e.a) || is(e.b) ? 1 : 0) + cost(e.a, counted) + cost(e.b, counted);
    case 'select': return cost(e.cond, counted) + Math.max(cost(e.then, counted), cost(e.else, counted));
    case 'call': return e.args.reduce((sum, arg) => sum + cost(arg, counted), 0);
  }
}

/** Operations of one stage, over all its elements. */
export function opFlops(op: ComputeOp): number {
  if (op.attrs.flop !== undefined) return op.attrs.flop;
  const counted = typeCode(op.output.dtype);
  const elements = elementCount(op.axes.map((axis) => axis.extent));
  if (op.body.kind === 'expr') return elements * cost(op.body.value, counted);
  // The combiner is one operation on two values of the output's type.
  return elements * elementCount(op.reduceAxes.map((axis) => axis.extent)) * (1 + cost(op.body.source, counted));
}

/** Operations of the whole DAG; a matrix product of N, M, K has 2 N M K. */
export function dagFlops(dag: ComputeDag): number {
  return dag.ops.reduce((sum, op) => sum + (op.kind === 'compute' ? opFlops(op) : 0), 0);
}
