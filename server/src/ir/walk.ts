/** Traversals of expressions. */
import { binary, call, cast, load, not, select, type Expr } from './expr.js';

/** The direct operands, left to right. */
export function operands(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case 'var': case 'int': case 'float': return [];
    case 'binary': return [e.a, e.b];
    case 'not': case 'cast': return [e.a];
    case 'select': return [e.cond, e.then, e.else];
    case 'call': return e.args;
    case 'load': return e.indices;
  }
}

/** Calls `visit` for `e` and everything in it, parents first, left to right. */
export function visitExpr(e: Expr, visit: (node: Expr) => void): void {
  visit(e);
  for (const child of operands(e)) visitExpr(child, visit);
}

/** Does `node` (a variable) stand somewhere in `e`? */
export function mentions(e: Expr, node: Expr): boolean {
  let found = false;
  visitExpr(e, (x) => {
    if (x === node) found = true;
  });
  return found;
}

/** Rebuilds `e` with each node replaced by `rewrite`'s answer, children first; an unchanged node keeps its identity. */
export function rewriteExpr(e: Expr, rewrite: (node: Expr) => Expr): Expr {
  const go = (x: Expr): Expr => rewriteExpr(x, rewrite);
  const all = (xs: readonly Expr[]): readonly Expr[] => {
    const ys = xs.map(go);
    return ys.every((y, i) => y === xs[i]) ? xs : ys;
  };
  switch (e.kind) {
    case 'var': case 'int': case 'float': return rewrite(e);
    case 'binary': {
      const a = go(e.a);
      const b = go(e.b);
      return rewrite(a === e.a && b === e.b ? e : binary(e.op, a, b));
    }
    case 'not': {
      const a = go(e.a);
      return rewrite(a === e.a ? e : not(a));
    }
    case 'cast': {
      const a = go(e.a);
      return rewrite(a === e.a ? e : cast(e.dtype, a));
    }
    case 'select': {
      const [c, t, f] = [go(e.cond), go(e.then), go(e.else)];
      return rewrite(c === e.cond && t === e.then && f === e.else ? e : select(c, t, f));
    }
    case 'call': {
      const args = all(e.args);
      return rewrite(args === e.args ? e : call(e.callee, args, e.dtype));
    }
    case 'load': {
      const indices = all(e.indices);
      return rewrite(indices === e.indices ? e : load(e.buffer, indices));
    }
  }
}
