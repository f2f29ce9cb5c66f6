/** The little arithmetic on bounds that splitting and fusing need; numbers stay numbers, expressions are left as built. */
import { binary, int, type Expr } from '../ir/expr.js';
import type { Bound } from './state.js';

export function boundExpr(bound: Bound): Expr {
  return typeof bound === 'number' ? int(bound) : bound;
}

export function multiplyBounds(a: Bound, b: Bound): Bound {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (a === 1) return b;
  if (b === 1) return a;
  return binary('mul', boundExpr(a), boundExpr(b));
}

/** ceil(a / b) for a positive constant b. */
export function ceilDivBound(a: Bound, b: number): Bound {
  if (typeof a === 'number') return Math.floor((a + b - 1) / b);
  if (b === 1) return a;
  return binary('floordiv', binary('add', a, int(b - 1)), int(b));
}
