/** Expressions whose literals have not found their type yet, and how two operands agree on one. */
import { isFloat, type DType } from '../ir/dtype.js';
import { binary, call, float, int, select, type Expr } from '../ir/expr.js';
import { limits } from '../ir/scalar.js';
import { TcFault, type Position } from './problem.js';

/** `open`: made of literals only, which still take the type of what they meet (`int` also a float one). */
export interface Typed { readonly expr: Expr; readonly open?: 'int' | 'float' }

/** Both operands in one type. */
export interface Pair { readonly a: Expr; readonly b: Expr; readonly open?: 'int' | 'float' }

/** Throws TcFault when the types do not agree: only literals are converted, never values. */
export function agree(a: Typed, b: Typed, at: Position, what: string): Pair {
  if (a.open !== undefined && b.open !== undefined) {
    if (a.open === b.open) return { a: a.expr, b: b.expr, open: a.open };
    return { a: retyped(a.expr, 'float32', at), b: retyped(b.expr, 'float32', at), open: 'float' };
  }
  if (a.open !== undefined) return { a: adapted(a, b.expr.dtype, at, what), b: b.expr };
  if (b.open !== undefined) return { a: a.expr, b: adapted(b, a.expr.dtype, at, what) };
  if (a.expr.dtype !== b.expr.dtype) throw mismatch(a.expr.dtype, b.expr.dtype, at, what);
  return { a: a.expr, b: b.expr };
}

function mismatch(a: DType, b: DType, at: Position, what: string): TcFault {
  return new TcFault(at, `${what} have different types: ${a} and ${b}`, 'convert one with a cast, like `float(i)`');
}

function adapted(literal: Typed, to: DType, at: Position, what: string): Expr {
  if (to === 'bool' || (literal.open === 'float' && !isFloat(to))) throw mismatch(literal.expr.dtype, to, at, what);
  return retyped(literal.expr, to, at);
}

/** A literal-only expression in another type. Conditions inside keep theirs. */
function retyped(e: Expr, to: DType, at: Position): Expr {
  if (e.dtype === to) return e;
  switch (e.kind) {
    case 'int': case 'float': return literalOf(e.value, to, at);
    case 'binary': return binary(e.op, retyped(e.a, to, at), retyped(e.b, to, at));
    case 'select': return select(e.cond, retyped(e.then, to, at), retyped(e.else, to, at));
    case 'call': return call(e.callee, e.args.map((arg, i) => (i === 0 ? arg : retyped(arg, to, at))), to);
    default: return e;
  }
}

/** A literal of a type; throws TcFault if an integer type cannot hold it. */
export function literalOf(value: number, dtype: DType, at: Position): Expr {
  if (isFloat(dtype)) return float(value, dtype);
  const [lowest, highest] = limits(dtype);
  if (!Number.isInteger(value) || value < lowest || value > highest) throw new TcFault(at, `${value} is no ${dtype}`);
  return int(value, dtype);
}
