/** Decides the blanks before each token of a `.tc` file, going through it once. */
import type { Token } from '../../lang/lexer.js';

/** Line breaks, levels of indentation after them, and blanks if there are none. */
export interface Gap { readonly breaks: number; readonly indent: number; readonly blanks: number }

const OPERATORS: ReadonlySet<string> = new Set(['||', '&&', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '=', '+=!', '*=!', '=!', '->', '?']);
/** After these words no value has ended. */
const OPENING_WORDS: ReadonlySet<string> = new Set(['def', 'sizes', 'where', 'in', 'as', 'const']);
const NO_CALL: ReadonlySet<string> = new Set(['where', 'in', 'as', 'sizes', 'const']);

/** Mutable: a cursor. Give it every token and comment in order. */
export class Layout {
  private before: Token | undefined;
  private beforeUnary = false;
  private depth = 0;
  private inBody = false;
  private inHeader = false;
  /** Conditions whose `:` is still to come. */
  private choices = 0;
  private afterComment = false;
  /** Whether the last `:` belonged to a condition, not to a range. */
  private ternaryColon = false;

  /** `broken`: how many lines after the item before it this one stood. */
  token(token: Token, next: Token | undefined, broken: number): Gap {
    const { before } = this;
    const sign = token.kind === 'sign' ? token.text : '';
    const gap = this.gapOf(token, sign, next, broken, before);
    this.advance(token, sign, before);
    return gap;
  }

  /** `first`: it has a line of its own. `next`: the token after it. */
  comment(first: boolean, next: Token | undefined, broken: number): Gap {
    const breaks = this.kept(broken);
    this.afterComment = true;
    if (!first) return { breaks: 0, indent: 0, blanks: 2 };
    const inStatement = this.inBody && next !== undefined && !this.startsStatement(next, undefined, this.before) && next.text !== '}';
    const indent = this.inHeader || inStatement ? 2 : this.inBody ? 1 : 0;
    return { breaks, indent, blanks: 0 };
  }

  /** At most one empty line, none after an opening brace. */
  private kept(broken: number): number {
    const opened = this.before?.kind === 'sign' && this.before.text === '{' && !this.afterComment;
    return broken > 1 && !opened ? 2 : 1;
  }

  private gapOf(token: Token, sign: string, next: Token | undefined, broken: number, before: Token | undefined): Gap {
    const line = (indent: number, breaks = this.kept(broken)): Gap => ({ breaks, indent, blanks: 0 });
    if (before === undefined && !this.afterComment) return { breaks: 0, indent: 0, blanks: 0 };
    if (this.inBody && this.depth === 0) {
      if (sign === '}') return line(0, 1);
      if (this.startsStatement(token, next, before)) return line(1);
    }
    if (!this.inBody && !this.inHeader && this.depth === 0 && token.kind === 'word' && (token.text === 'def' || token.text === 'sizes')) return line(0);
    if (broken > 0 || this.afterComment) {
      if (sign === ';' || sign === ',') return this.afterComment ? line(2, 1) : { breaks: 0, indent: 0, blanks: 0 };
      if (sign === '{' && !this.afterComment) return { breaks: 0, indent: 0, blanks: 1 };
      return line(this.inHeader && sign === ')' ? 0 : this.inBody || this.inHeader ? 2 : 1, 1);
    }
    return { breaks: 0, indent: 0, blanks: this.blankBetween(before, token, sign) ? 1 : 0 };
  }

  /** Whether `token` begins a statement or an attribute: something else has ended before it. */
  private startsStatement(token: Token, next: Token | undefined, before: Token | undefined): boolean {
    if (before === undefined) return false;
    if (before.kind === 'sign' && (before.text === '{' || before.text === ';')) return token.text !== ';' && token.text !== '}';
    const isStart = (token.kind === 'sign' && token.text === '@') || (token.kind === 'word' && !OPENING_WORDS.has(token.text) && next?.text !== '=!');
    if (!isStart || this.depth > 0) return false;
    if (before.kind === 'sign') return before.text === ')';
    return !(before.kind === 'word' && OPENING_WORDS.has(before.text));
  }

  private blankBetween(before: Token | undefined, token: Token, sign: string): boolean {
    if (before === undefined) return false;
    const left = before.kind === 'sign' ? before.text : '';
    if (left === '@' || left === '(' || this.beforeUnary) return false;
    if (sign === ')' || sign === ',' || sign === ';') return false;
    if (sign === '(') return left === '' ? NO_CALL.has(before.text) : left === ':' ? this.ternaryColon : left !== ')';
    if (sign === ':') return this.choices > 0;
    if (left === ':') return this.ternaryColon;
    if (sign === '=!' && (before.text === 'max' || before.text === 'min')) return false;
    return true;
  }

  private advance(token: Token, sign: string, before: Token | undefined): void {
    const left = before?.kind === 'sign' ? before.text : '';
    const noValue = before === undefined || OPERATORS.has(left) || left === '(' || left === ',' || left === ':' || left === '{' || this.beforeUnary || (before.kind === 'word' && OPENING_WORDS.has(before.text));
    const unary = (sign === '-' || sign === '!') && noValue;
    if (sign === '(') this.depth++;
    if (sign === ')') this.depth--;
    if (sign === '?') this.choices++;
    if (sign === ':') {
      this.ternaryColon = this.choices > 0;
      if (this.choices > 0) this.choices--;
    }
    if (token.kind === 'word' && token.text === 'def' && !this.inBody) this.inHeader = true;
    if (sign === '{') {
      this.inHeader = false;
      this.inBody = true;
    }
    if (sign === '}') this.inBody = false;
    this.beforeUnary = unary;
    this.afterComment = false;
    this.before = token;
  }
}
