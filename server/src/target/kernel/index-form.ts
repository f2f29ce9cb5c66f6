/** What code can compute as an index: loop variables and integer arithmetic on them. */
import type { BinaryOp, Expr } from '../../ir/expr.js';

const OPERATIONS: ReadonlySet<BinaryOp> = new Set<BinaryOp>(['add', 'sub', 'mul', 'floordiv', 'floormod', 'min', 'max', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'and', 'or']);

/** Whether the expression has no loads, calls, floats or narrow integers (whose arithmetic wraps around). */
export function isIndex(e: Expr): boolean {
  if (e.dtype !== 'int32' && e.dtype !== 'int64' && e.dtype !== 'bool') return false;
  switch (e.kind) {
    case 'var': case 'int': return true;
    case 'float': case 'load': case 'call': return false;
    case 'not': return isIndex(e.a);
    case 'cast': return e.dtype !== 'bool' && isIndex(e.a);
    case 'select': return isIndex(e.cond) && isIndex(e.then) && isIndex(e.else);
    case 'binary': return OPERATIONS.has(e.op) && isIndex(e.a) && isIndex(e.b);
  }
}
