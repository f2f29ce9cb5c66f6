/** Sizes: integers, names of sizes, and arithmetic on them. */
import type { ExprNode } from './ast.js';
import { TcFault } from './problem.js';

/** The value of a constant integer expression. Throws TcFault, which names a size that is not bound. */
export function constantInteger(node: ExprNode, sizes: ReadonlyMap<string, number>): number {
  const value = evaluate(node, sizes);
  if (!Number.isSafeInteger(value)) throw new TcFault(node.at, 'the number is too large');
  return value;
}

function evaluate(node: ExprNode, sizes: ReadonlyMap<string, number>): number {
  switch (node.kind) {
    case 'number':
      if (node.type !== 'int') throw new TcFault(node.at, 'expected an integer', undefined, node.length);
      return node.value;
    case 'name': {
      const value = sizes.get(node.name);
      if (value === undefined) {
        throw new TcFault(node.at, `the size \`${node.name}\` has no value`, `bind it with \`--size ${node.name}=N\` or a line \`sizes ${node.name} = N\` before the \`def\``, node.length, { kind: 'unbound-size' });
      }
      return value;
    }
    case 'unary':
      if (node.op === '-') return -evaluate(node.a, sizes);
      break;
    case 'binary': {
      const [a, b] = [evaluate(node.a, sizes), evaluate(node.b, sizes)];
      switch (node.op) {
        case '+': return a + b;
        case '-': return a - b;
        case '*': return a * b;
        case '/': case '%':
          if (b === 0) throw new TcFault(node.at, 'division by zero');
          return node.op === '/' ? Math.floor(a / b) : a - b * Math.floor(a / b);
        default: break;
      }
      break;
    }
    default: break;
  }
  throw new TcFault(node.at, 'expected a constant integer: numbers and sizes with + - * / %', undefined, node.length);
}
