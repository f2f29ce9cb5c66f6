/** Words, numbers, strings and signs of the `.tc` language. `#` starts a comment; line breaks are blanks. */
import { problemOf, TcFault, type Position, type TcProblem } from './problem.js';

export type TokenKind = 'word' | 'number' | 'string' | 'sign' | 'end';

export interface Token extends Position {
  readonly kind: TokenKind;
  /** As written; of strings the contents. */
  readonly text: string;
  /** Number of characters in the source. */
  readonly length: number;
  /** First on its line: where parsing may go on after an error. */
  readonly first: boolean;
}

const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fh]?(?![A-Za-z0-9_])/y;
const STRING = /"(?:[^"\\\n]|\\.)*"/y;
const SIGN = /\+=!|\*=!|=!|->|&&|\|\||[<>=!]=|[-+*/%<>=!?:,;(){}@]/y;
const BLANK = /[ \t\r\f\v\u00a0\ufeff]+/y;
const COMMENT = /#[^\n]*/y;
const STRANGE = /\d\w*|"[^\n]*|[^]/uy;

/** The length of the match of a sticky pattern at `at`; 0 if there is none. */
function matchLength(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex - at : 0;
}

function kindAt(text: string, at: number): { readonly kind: TokenKind; readonly length: number } | undefined {
  for (const [kind, pattern] of [['word', WORD], ['sign', SIGN], ['number', NUMBER], ['string', STRING]] as const) {
    const length = matchLength(pattern, text, at);
    if (length > 0) return { kind, length };
  }
  return undefined;
}

/** A comment with its `#`, without the blanks at its end. `first`: nothing but blanks stands before it on its line. */
export interface Comment extends Position { readonly text: string; readonly length: number; readonly first: boolean }

export interface Tokens {
  /** Up to an `end` token. */
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
  /** One for each piece that is no token. */
  readonly problems: readonly TcProblem[];
}

export function tokenize(text: string): Tokens {
  const tokens: Token[] = [];
  const comments: Comment[] = [];
  const problems: TcProblem[] = [];
  let line = 1;
  let lineStart = 0;
  let first = true;
  let at = 0;
  while (at < text.length) {
    if (text.charCodeAt(at) === 10) {
      at++;
      line++;
      lineStart = at;
      first = true;
      continue;
    }
    const blank = matchLength(BLANK, text, at);
    if (blank > 0) {
      at += blank;
      continue;
    }
    const column = at - lineStart + 1;
    const remark = matchLength(COMMENT, text, at);
    if (remark > 0) {
      const comment = text.slice(at, at + remark).trimEnd();
      comments.push({ text: comment, length: comment.length, line, column, first });
      at += remark;
      continue;
    }
    const found = kindAt(text, at);
    const length = found?.length ?? Math.max(1, matchLength(STRANGE, text, at));
    const piece = text.slice(at, at + length);
    at += length;
    if (found === undefined) {
      problems.push(problemOf(strangeText(piece, { line, column })));
      continue;
    }
    const contents = found.kind === 'string' ? unquoted(piece) : piece;
    if (contents === undefined) problems.push(problemOf(new TcFault({ line, column }, 'unknown escape in a string', 'use \\" \\\\ \\n \\t or \\u0000', length)));
    else tokens.push({ kind: found.kind, text: contents, length, first, line, column });
    first = false;
  }
  tokens.push({ kind: 'end', text: '', line, column: at - lineStart + 1, length: 1, first: true });
  return { tokens, comments, problems };
}

function strangeText(text: string, position: Position): TcFault {
  if (text.startsWith('"')) return new TcFault(position, 'the string does not end on its line', 'close it with "', text.length);
  if (/^\d/.test(text)) return new TcFault(position, `\`${text}\` is no number`, undefined, text.length);
  return new TcFault(position, `unexpected character \`${text}\``, undefined, text.length);
}

function unquoted(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
