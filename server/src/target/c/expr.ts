/** Index expressions and linear forms as C text. Index variables are of type long. */
import type { Expr, Var } from '../../ir/expr.js';
import type { Linear } from '../kernel/linear.js';

const INFIX: Readonly<Record<string, string>> = {
  add: '+', sub: '-', mul: '*', eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=', and: '&&', or: '||',
};

export function printIndex(e: Expr, names: ReadonlyMap<Var, string>): string {
  const go = (x: Expr): string => printIndex(x, names);
  switch (e.kind) {
    case 'var': return names.get(e) ?? e.name;
    case 'int': return String(e.value);
    case 'cast': return go(e.a);
    case 'not': return `!(${go(e.a)})`;
    case 'select': return `(${go(e.cond)} ? ${go(e.then)} : ${go(e.else)})`;
    case 'binary': {
      if (e.op === 'floordiv') return `ansor_fdiv(${go(e.a)}, ${go(e.b)})`;
      if (e.op === 'floormod') return `ansor_fmod(${go(e.a)}, ${go(e.b)})`;
      if (e.op === 'min' || e.op === 'max') return `(${go(e.a)} ${e.op === 'min' ? '<' : '>'} ${go(e.b)} ? ${go(e.a)} : ${go(e.b)})`;
      const op = INFIX[e.op];
      if (op !== undefined) return `(${go(e.a)} ${op} ${go(e.b)})`;
      throw new Error(`assertion failed: no C form of index operation ${e.op}`);
    }
    default: throw new Error(`assertion failed: no C form of a ${e.kind} in an index`);
  }
}

/** The part of a linear form without its constant; empty if there is none. */
export function printTerms(l: Linear, names: ReadonlyMap<Var, string>): string {
  return l.terms.map((t) => {
    const atom = printIndex(t.atom, names);
    return t.coef === 1 ? atom : `${atom} * ${t.coef}L`;
  }).join(' + ');
}
