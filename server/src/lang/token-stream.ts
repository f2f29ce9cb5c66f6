/** A cursor over tokens with the few moves that a recursive-descent parser needs. */
import type { Name } from './ast.js';
import type { Token } from './lexer.js';
import { TcFault } from './problem.js';

const END: Token = { kind: 'end', text: '', line: 1, column: 1, length: 1, first: true };

export class TokenStream {
  private at = 0;
  constructor(private readonly tokens: readonly Token[]) {}

  get next(): Token {
    return this.tokens[this.at] ?? this.tokens[this.tokens.length - 1] ?? END;
  }

  /** The token after `next`. */
  get second(): Token {
    return this.tokens[this.at + 1] ?? this.next;
  }

  get last(): Token {
    return this.tokens[this.at - 1] ?? this.next;
  }

  advance(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.at++;
    return token;
  }

  /** Whether `next` is this sign or word. */
  is(text: string): boolean {
    return (this.next.kind === 'sign' || this.next.kind === 'word') && this.next.text === text;
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.advance();
    return true;
  }

  expect(text: string, where: string): Token {
    if (this.is(text)) return this.advance();
    throw this.unexpected(`\`${text}\` ${where}`, text);
  }

  word(what: string): Name {
    const token = this.next;
    if (token.kind !== 'word') throw this.unexpected(what);
    this.advance();
    return { text: token.text, line: token.line, column: token.column, length: token.length };
  }

  /** `sign`: what could stand before `next`. */
  unexpected(expected: string, sign?: string): TcFault {
    const { next, last } = this;
    const found = next.kind === 'end' ? 'the end of the text' : next.kind === 'string' ? 'a string' : `\`${next.text}\``;
    return new TcFault(next, `expected ${expected}, found ${found}`, undefined, next.length, sign === undefined || this.at === 0 ? undefined : { kind: 'missing', sign, at: { line: last.line, column: last.column + last.length } });
  }
}
