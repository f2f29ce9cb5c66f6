/** Building blocks of loop-nest programs. */
import type { ComputeOp } from '../dag/op.js';
import type { DType } from '../ir/dtype.js';
import { isFloat, isUnsigned } from '../ir/dtype.js';
import { binary, float, int, type BinaryOp, type Expr } from '../ir/expr.js';
import type { Combiner, LoopKind, Stmt, ThreadTag } from '../ir/program.js';
import type { Annotation } from '../schedule/state.js';

/** One after the other; sequences are kept flat. */
export function sequence(first: Stmt, rest: Stmt | undefined): Stmt {
  if (rest === undefined) return first;
  const a = first.kind === 'seq' ? first.stmts : [first];
  const b = rest.kind === 'seq' ? rest.stmts : [rest];
  return Object.freeze({ kind: 'seq', stmts: Object.freeze(a.concat(b)) });
}

export function guarded(conditions: readonly Expr[], body: Stmt): Stmt {
  let result = body;
  for (let i = conditions.length - 1; i >= 0; i--) result = Object.freeze({ kind: 'if', cond: conditions[i] as Expr, likely: true, body: result });
  return result;
}

export function loopKind(annotation: Annotation): LoopKind {
  return annotation === 'parallel' || annotation === 'vectorize' || annotation === 'unroll' ? annotation : 'serial';
}

export function threadTag(annotation: Annotation): ThreadTag | undefined {
  switch (annotation) {
    case 'vthread': case 'blockIdx.x': case 'blockIdx.y': case 'blockIdx.z': case 'threadIdx.x': case 'threadIdx.y': case 'threadIdx.z': return annotation;
    default: return undefined;
  }
}

export function combine(combiner: Combiner, a: Expr, b: Expr): Expr {
  const op: BinaryOp = combiner;
  return binary(op, a, b);
}

/** Largest finite value of an element type, as a number. */
function largestOf(dtype: DType): number {
  switch (dtype) {
    case 'float32': return 3.4028234663852886e38;
    case 'bfloat16': return 3.3895313892515355e38;
    case 'float16': return 65504;
    case 'float64': return Number.MAX_VALUE;
    case 'bool': return 1;
    case 'int8': return 127;
    case 'uint8': return 255;
    case 'uint16': return 65535;
    case 'uint32': return 4294967295;
    case 'uint64': return 2 ** 64;
    case 'int16': return 32767;
    case 'int32': return 2147483647;
    case 'int64': return Number.MAX_SAFE_INTEGER;
  }
}

function smallestOf(dtype: DType): number {
  if (isUnsigned(dtype)) return 0;
  if (dtype === 'int64') return Number.MIN_SAFE_INTEGER;
  return isFloat(dtype) ? -largestOf(dtype) : -largestOf(dtype) - 1;
}

/** The neutral value of a reduction: 0, 1, the lowest or the highest finite value. */
export function identity(combiner: Combiner, op: ComputeOp): Expr {
  const dtype = op.output.dtype;
  const value = combiner === 'add' ? 0 : combiner === 'mul' ? 1 : combiner === 'max' ? smallestOf(dtype) : largestOf(dtype);
  return isFloat(dtype) ? float(value, dtype) : int(value, dtype);
}
