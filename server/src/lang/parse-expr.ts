/** Expressions of the `.tc` language: C's operators and precedences, all left-associative but `?:`. */
import type { BinarySign, ExprNode, NumberNode } from './ast.js';
import { TcFault } from './problem.js';
import type { TokenStream } from './token-stream.js';

const STRENGTH: ReadonlyMap<string, number> = new Map([
  ['||', 1], ['&&', 2], ['==', 3], ['!=', 3], ['<', 4], ['<=', 4], ['>', 4], ['>=', 4], ['+', 5], ['-', 5], ['*', 6], ['/', 6], ['%', 6],
]);

/** Everything that walks an expression is recursive; deeper ones are refused here. */
const MAX_DEPTH = 400;

export class ExprParser {
  private depth = 0;
  private readonly depths = new WeakMap<ExprNode, number>();
  constructor(private readonly tokens: TokenStream) {}

  expr(): ExprNode {
    this.enter();
    const cond = this.infix(1);
    let node = cond;
    if (this.tokens.accept('?')) {
      const then = this.expr();
      this.tokens.expect(':', 'after the first value of `?`');
      const otherwise = this.expr();
      node = this.made({ kind: 'conditional', cond, then, else: otherwise, at: cond.at, length: cond.length }, [cond, then, otherwise]);
    }
    this.depth--;
    return node;
  }

  /** Call before an expression: forgets the depth that an earlier error left. */
  reset(): void {
    this.depth = 0;
  }

  private enter(): void {
    if (++this.depth > MAX_DEPTH) throw this.tooDeep(this.tokens.next);
  }

  private tooDeep(at: { readonly line: number; readonly column: number }): TcFault {
    return new TcFault(at, `the expression is nested more than ${MAX_DEPTH} deep`, 'compute a part of it in a statement of its own');
  }

  private made<N extends ExprNode>(node: N, children: readonly ExprNode[]): N {
    const depth = 1 + Math.max(...children.map((child) => this.depths.get(child) ?? 1));
    if (depth > MAX_DEPTH) throw this.tooDeep(node.at);
    this.depths.set(node, depth);
    return node;
  }

  private infix(min: number): ExprNode {
    let left = this.unary();
    for (;;) {
      const sign = this.tokens.next;
      const strength = sign.kind === 'sign' ? STRENGTH.get(sign.text) : undefined;
      if (strength === undefined || strength < min) return left;
      this.tokens.advance();
      const right = this.infix(strength + 1);
      left = this.made({ kind: 'binary', op: sign.text as BinarySign, a: left, b: right, at: sign, length: sign.length }, [left, right]);
    }
  }

  private unary(): ExprNode {
    const sign = this.tokens.next;
    if (sign.kind !== 'sign' || (sign.text !== '-' && sign.text !== '!')) return this.primary();
    this.tokens.advance();
    this.enter();
    const a = this.unary();
    this.depth--;
    if (sign.text === '-' && a.kind === 'number' && !a.bracketed) return { ...a, value: -a.value, at: sign, length: a.length + 1 };
    return this.made({ kind: 'unary', op: sign.text, a, at: sign, length: sign.length }, [a]);
  }

  private primary(): ExprNode {
    const { tokens } = this;
    const token = tokens.next;
    if (token.kind === 'number') {
      tokens.advance();
      return numberNode(token.text, token, token.length);
    }
    if (tokens.accept('(')) {
      const inner = this.expr();
      tokens.expect(')', 'to close the bracket');
      return inner.kind === 'number' ? { ...inner, bracketed: true } : inner;
    }
    if (token.kind !== 'word' || token.text === 'where' || token.text === 'def') throw tokens.unexpected('a value');
    tokens.advance();
    const place = { at: token, length: token.length };
    if (tokens.is('(')) return this.call(token.text, place);
    switch (token.text) {
      case 'true': case 'false': return { kind: 'bool', value: token.text === 'true', ...place };
      case 'inf': return { kind: 'number', value: Infinity, type: 'float', bracketed: false, ...place };
      case 'nan': return { kind: 'number', value: NaN, type: 'float', bracketed: false, ...place };
      default: return { kind: 'name', name: token.text, ...place };
    }
  }

  private call(name: string, place: { readonly at: ExprNode['at']; readonly length: number }): ExprNode {
    const { tokens } = this;
    tokens.advance();
    const args: ExprNode[] = [];
    if (!tokens.accept(')')) {
      do args.push(this.expr());
      while (tokens.accept(','));
      tokens.expect(')', 'or `,` after an argument');
    }
    return this.made({ kind: 'call', name, args, ...place }, args.length === 0 ? [{ kind: 'bool', value: true, ...place }] : args);
  }
}

function numberNode(text: string, at: ExprNode['at'], length: number): NumberNode {
  const suffix = /[fh]$/.exec(text)?.[0];
  const digits = suffix === undefined ? text : text.slice(0, -1);
  const value = Number(digits);
  const written = /[.eE]/.test(digits) ? 'float' : 'int';
  if (written === 'int' && suffix === undefined && !Number.isSafeInteger(value)) throw new TcFault(at, `${text} is too large for an integer`, undefined, length);
  const type = suffix === 'f' ? 'float32' : suffix === 'h' ? 'float16' : written;
  return { kind: 'number', value, type, bracketed: false, at, length };
}
