/**
 * The layout of `.tc` files: a statement a line, one blank around operators, where a person broke a line it stays broken. Only blanks
 * between tokens change, so that the meaning cannot.
 */
import type { Comment, Token } from '../../lang/lexer.js';
import { parseTcTree } from '../../lang/parse.js';
import type { TcAnalysis } from './analysis.js';
import { Layout, type Gap } from './layout.js';

/** Offsets in the text, in UTF-16 units. */
export interface GapEdit { readonly start: number; readonly end: number; readonly text: string }

interface Item { readonly token: Token | undefined; readonly comment: Comment | undefined; readonly line: number; readonly start: number; readonly end: number }

/** Offsets of the beginnings of lines, as the language counts them. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function itemsOf({ tree, text }: TcAnalysis): readonly Item[] {
  const starts = lineStarts(text);
  const offset = ({ line, column }: { readonly line: number; readonly column: number }): number => (starts[line - 1] ?? 0) + column - 1;
  const tokens = tree.tokens.filter((token) => token.kind !== 'end').map((token): Item => ({ token, comment: undefined, line: token.line, start: offset(token), end: offset(token) + token.length }));
  const comments = tree.comments.map((comment): Item => ({ token: undefined, comment, line: comment.line, start: offset(comment), end: offset(comment) + comment.length }));
  return [...tokens, ...comments].toSorted((a, b) => a.start - b.start);
}

/** What changes; nothing where the text has syntax errors. `unit`: one level of indentation. */
export function formatTc(analysis: TcAnalysis, unit = '  '): readonly GapEdit[] {
  if (!analysis.tree.wellFormed) return [];
  const { text } = analysis;
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const items = itemsOf(analysis);
  const layout = new Layout();
  const edits: GapEdit[] = [];
  let [at, line] = [0, 1];
  items.forEach((item, k) => {
    const broken = item.line - line;
    const gap: Gap = item.token !== undefined
      ? layout.token(item.token, items.slice(k + 1).find((other) => other.token !== undefined)?.token, broken)
      : layout.comment(item.comment?.first === true, items.slice(k + 1).find((other) => other.token !== undefined)?.token, broken);
    const wanted = k === 0 ? '' : gap.breaks > 0 ? lineBreak.repeat(gap.breaks) + unit.repeat(gap.indent) : ' '.repeat(gap.blanks);
    if (text.slice(at, item.start) !== wanted) edits.push({ start: at, end: item.start, text: wanted });
    [at, line] = [item.end, item.line];
  });
  const tail = items.length === 0 ? '' : lineBreak;
  if (text.slice(at) !== tail) edits.push({ start: at, end: text.length, text: tail });
  return sameTokens(analysis, applyEdits(text, edits)) ? edits : [];
}

/** `edits` in order, without overlaps. */
export function applyEdits(text: string, edits: readonly GapEdit[]): string {
  let result = '';
  let at = 0;
  for (const edit of edits) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** The last guard: a layout that would change a token is thrown away. */
function sameTokens({ tree }: TcAnalysis, text: string): boolean {
  const after = parseTcTree(text);
  const words = (tokens: readonly Token[]): string => JSON.stringify(tokens.map((token) => [token.kind, token.text]));
  return after.wellFormed && words(after.tokens) === words(tree.tokens) && after.comments.length === tree.comments.length;
}
