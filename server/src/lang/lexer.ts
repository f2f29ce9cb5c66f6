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

const TOKEN = /(?<blank>[ \t\r\f\v\u00a0\ufeff]+)|(?<line>\n)|(?<comment>#[^\n]*)|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fh]?(?![A-Za-z0-9_]))|(?<string>"(?:[^"\\\n]|\\.)*")|(?<sign>\+=!|\*=!|=!|->|&&|\|\||[<>=!]=|[-+*/%<>=!?:,;(){}@])/uy;

/** Tokens up to an `end` token, and a problem for each piece that is none. */
export function tokenize(text: string): { readonly tokens: readonly Token[]; readonly problems: readonly TcProblem[] } {
  const tokens: Token[] = [];
  const problems: TcProblem[] = [];
  let line = 1;
  let lineStart = 0;
  let first = true;
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const position = { line, column: at - lineStart + 1 };
    const groups = match?.groups;
    if (match === null || groups === undefined) {
      const strange = /^(?:\d\w*|"[^\n]*|.)/u.exec(text.slice(at, at + 200))?.[0] ?? text.charAt(at);
      problems.push(problemOf(strangeText(strange, position)));
      at += strange.length;
      continue;
    }
    const found = match[0];
    at += found.length;
    if (groups['line'] !== undefined) {
      line++;
      lineStart = at;
      first = true;
      continue;
    }
    if (groups['blank'] !== undefined || groups['comment'] !== undefined) continue;
    const token = { ...position, length: found.length, first };
    first = false;
    if (groups['word'] !== undefined) tokens.push({ kind: 'word', text: found, ...token });
    else if (groups['number'] !== undefined) tokens.push({ kind: 'number', text: found, ...token });
    else if (groups['sign'] !== undefined) tokens.push({ kind: 'sign', text: found, ...token });
    else {
      const contents = unquoted(found);
      if (contents === undefined) problems.push(problemOf(new TcFault(position, 'unknown escape in a string', 'use \\" \\\\ \\n \\t or \\u0000', found.length)));
      else tokens.push({ kind: 'string', text: contents, ...token });
    }
  }
  tokens.push({ kind: 'end', text: '', line, column: at - lineStart + 1, length: 1, first: true });
  return { tokens, problems };
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
