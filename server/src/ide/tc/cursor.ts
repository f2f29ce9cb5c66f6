/** Where in a `.tc` text a cursor stands, told from the tokens before it: what is being typed is rarely a correct text. */
import { isReserved } from '../../dag/tc-words.js';
import type { Token } from '../../lang/lexer.js';
import type { Position } from '../../lang/problem.js';
import type { TcAnalysis } from './analysis.js';

/** A call or bracket that is open at the cursor. `name`: the word before the bracket. `argument`: from 0. */
export interface OpenCall { readonly name: string; readonly argument: number; readonly attribute: boolean }

export type CursorPlace =
  | 'nothing' | 'top' | 'parameter' | 'parameter-size' | 'outputs' | 'statement' | 'attribute' | 'attribute-index' | 'axis' | 'assignment' | 'expression' | 'where-index' | 'where-in' | 'range';

export interface Cursor {
  readonly place: CursorPlace;
  /** The beginning of the word that is being typed, and its part before the cursor. */
  readonly word: string;
  /** Indices of the statement as far as it is written, in order. */
  readonly indices: readonly string[];
  /** From outside to inside. */
  readonly calls: readonly OpenCall[];
  /** Whether a value has just ended, so that `where` may follow. */
  readonly afterValue: boolean;
}

const NOWHERE: Cursor = { place: 'nothing', word: '', indices: [], calls: [], afterValue: false };
const ASSIGNMENTS: ReadonlySet<string> = new Set(['=', '+=!', '*=!', '=!']);
/** Words after which a value has not ended. */
const OPENING: ReadonlySet<string> = new Set(['where', 'in', 'as', 'const', 'def', 'sizes']);

export function cursorAt({ tree, lines }: TcAnalysis, at: Position): Cursor {
  if (tree.comments.some((c) => c.line === at.line && c.column < at.column)) return NOWHERE;
  const before = tree.tokens.filter((token) => token.kind !== 'end' && (token.line < at.line || (token.line === at.line && token.column < at.column)));
  const last = before.at(-1);
  if (last?.kind === 'string' && last.line === at.line && at.column < last.column + last.length) return NOWHERE;
  // An open string is no token: its quote tells.
  if (((lines[at.line - 1] ?? '').slice(0, at.column - 1).split('"').length - 1) % 2 === 1) return NOWHERE;
  const typing = last?.kind === 'word' && last.line === at.line && last.column + last.length >= at.column;
  const word = typing ? last.text.slice(0, at.column - last.column) : '';
  const tokens = typing ? before.slice(0, -1) : before;
  const braces = tokens.findLastIndex((token) => token.kind === 'sign' && (token.text === '{' || token.text === '}'));
  if (tokens[braces]?.text === '{') return inBody(tokens.slice(braces + 1), typing ? last.first : startsLine(lines, at), word);
  const def = tokens.findLastIndex((token, k) => k > braces && token.kind === 'word' && token.text === 'def');
  return def >= 0 ? inHeader(tokens.slice(def), word) : { ...NOWHERE, place: isSizesLine(tokens.slice(braces + 1)) ? 'range' : 'top', word };
}

function startsLine(lines: readonly string[], at: Position): boolean {
  return (lines[at.line - 1] ?? '').slice(0, at.column - 1).trim() === '';
}

/** Behind `sizes N =` a value is wanted. */
function isSizesLine(tokens: readonly Token[]): boolean {
  return tokens.some((token) => token.text === 'sizes') && tokens.at(-1)?.kind === 'sign' && tokens.at(-1)?.text !== ',';
}

function openCalls(tokens: readonly Token[]): readonly OpenCall[] {
  const open: OpenCall[] = [];
  tokens.forEach(({ kind, text }, k) => {
    if (kind !== 'sign') return;
    const before = tokens[k - 1];
    if (text === '(') open.push({ name: before?.kind === 'word' && !OPENING.has(before.text) ? before.text : '', argument: 0, attribute: tokens[k - 2]?.text === '@' });
    else if (text === ')') open.pop();
    else if (text === ',') {
      const inner = open.pop();
      if (inner !== undefined) open.push({ ...inner, argument: inner.argument + 1 });
    }
  });
  return open;
}

function inHeader(tokens: readonly Token[], word: string): Cursor {
  const calls = openCalls(tokens);
  const last = tokens.at(-1)?.text;
  const outputs = tokens.some((token) => token.kind === 'sign' && token.text === '->');
  const found = (place: CursorPlace): Cursor => ({ ...NOWHERE, place, word, calls });
  if (calls.length === 0) return found('nothing');
  if (outputs) return found('outputs');
  if (calls.length > 1) return found('parameter-size');
  return found(last === '(' || last === ',' || last === 'const' ? 'parameter' : 'nothing');
}

/** `tokens`: those of the body; `first`: the cursor's word begins its line. */
function inBody(tokens: readonly Token[], first: boolean, word: string): Cursor {
  const last = tokens.at(-1);
  const start = statementStart(tokens);
  const ended = last === undefined || last.text === ';' || (endsValue(last) && !openCalls(tokens.slice(start)).length && hasAssignment(tokens.slice(start)));
  if (last === undefined || last.text === ';' || (first && ended)) return { ...NOWHERE, place: 'statement', word };
  const statement = tokens.slice(start);
  const calls = openCalls(statement);
  const indices = indicesOf(statement);
  const found = (place: CursorPlace): Cursor => ({ place, word, indices, calls, afterValue: ended });
  if (last.text === '@') return found('attribute');
  if (calls[0]?.attribute === true) return found('attribute-index');
  const attributesOnly = !hasAssignment(statement);
  if (attributesOnly && first && statement[0]?.text === '@' && calls.length === 0) return found('statement');
  if (!hasAssignment(statement)) return found(calls.length > 0 ? 'axis' : last.text === ')' ? 'assignment' : last.kind === 'word' && first ? 'statement' : 'nothing');
  return found(placeAfterAssignment(statement));
}

function placeAfterAssignment(statement: readonly Token[]): CursorPlace {
  const where = statement.findLastIndex((token) => token.kind === 'word' && token.text === 'where');
  if (where < 0) return 'expression';
  let depth = 0;
  let clause = where + 1;
  statement.forEach((token, k) => {
    if (token.text === '(') depth++;
    else if (token.text === ')') depth--;
    else if (token.text === ',' && depth === 0 && k > where) clause = k + 1;
  });
  const part = statement.slice(clause);
  if (part.length === 0) return 'where-index';
  return part.some((token) => token.kind === 'word' && token.text === 'in') ? 'range' : 'where-in';
}

function endsValue(token: Token): boolean {
  return token.kind === 'number' || token.kind === 'string' || token.text === ')' || (token.kind === 'word' && !OPENING.has(token.text));
}

function hasAssignment(statement: readonly Token[]): boolean {
  return statement.some((token) => token.kind === 'sign' && ASSIGNMENTS.has(token.text));
}

/** Where the last statement of a body begins: its attributes, or the name before its first bracket. */
function statementStart(tokens: readonly Token[]): number {
  const assigned = (from: number, to: number): boolean => hasAssignment(tokens.slice(from, to));
  let start = 0;
  let depth = 0;
  tokens.forEach((token, k) => {
    const before = tokens[k - 1];
    if (depth === 0 && before !== undefined && token.first && endsValue(before) && (token.kind === 'word' || token.text === '@') && token.text !== 'where' && assigned(start, k)) start = k;
    if (before?.text === ';') start = k;
    if (token.text === '(') depth++;
    else if (token.text === ')') depth = Math.max(0, depth - 1);
  });
  return start;
}

/** Names that stand as indices: in the brackets of the tensor, then words on the right that are not called. */
function indicesOf(statement: readonly Token[]): readonly string[] {
  const names = new Set<string>();
  statement.forEach((token, k) => {
    if (token.kind !== 'word' || isReserved(token.text)) return;
    if (statement[k + 1]?.text === '(' || statement[k - 1]?.text === '@' || k === 0) return;
    names.add(token.text);
  });
  return [...names];
}
