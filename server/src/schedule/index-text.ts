/** Index expressions as state texts have them (spec log-format, 3.6): `f % 16 // 4 * 14`, names with `_` for `.`. */
import type { BinaryOp, Expr } from '../ir/expr.js';

const SYMBOLS: Readonly<Partial<Record<BinaryOp, readonly [string, number]>>> = {
  or: ['||', 1], and: ['&&', 2], eq: ['==', 3], ne: ['!=', 3], lt: ['<', 4], le: ['<=', 4], gt: ['>', 4], ge: ['>=', 4],
  add: ['+', 5], sub: ['-', 5], mul: ['*', 6], div: ['/', 6], floordiv: ['//', 6], floormod: ['%', 6],
};

function print(e: Expr, outer: number): string {
  switch (e.kind) {
    case 'var': return e.name.replaceAll('.', '_');
    case 'int': case 'float': return String(e.value);
    case 'binary': {
      const symbol = SYMBOLS[e.op];
      if (symbol === undefined) return `${e.op}(${print(e.a, 0)}, ${print(e.b, 0)})`;
      const [text, precedence] = symbol;
      // All operators associate to the left, so a right operand of equal precedence keeps its brackets.
      const inside = `${print(e.a, precedence)} ${text} ${print(e.b, precedence + 1)}`;
      return precedence < outer ? `(${inside})` : inside;
    }
    case 'not': return `!${print(e.a, 7)}`;
    case 'select': return `select(${print(e.cond, 0)}, ${print(e.then, 0)}, ${print(e.else, 0)})`;
    case 'cast': return `${e.dtype}(${print(e.a, 0)})`;
    case 'call': return `${e.callee}(${e.args.map((arg) => print(arg, 0)).join(', ')})`;
    case 'load': return `${e.buffer.name}[${e.indices.map((index) => print(index, 0)).join(', ')}]`;
  }
}

export function indexText(e: Expr): string {
  return print(e, 0);
}
