/** Hovers, converted from `ide` to the protocol's form. */
import { MarkupKind, type Hover, type Position, type Range } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { hoverLog } from '../ide/hover-log.js';
import { hoverTc } from '../ide/hover-tc.js';
import { dagOfTc } from '../ide/tc.js';
import type { ResolutionIndex } from '../records/library/resolve.js';
import { documentKind } from './documents.js';
import type { Translate } from './translate.js';

const LINES_AFTER = 4;

/** A hover needs the hovered line and its task's note; between requests only `keys`, what was found out about workload keys, is kept. */
export function hoverAt(document: TextDocument, position: Position, t: Translate, keys: ResolutionIndex): Hover | null {
  const kind = documentKind(document);
  if (kind === 'other') return null;
  if (kind === 'tc') return toHover(hoverTc(document.getText(), position.line + 1, position.character, { t }));
  const start = document.offsetAt({ line: position.line, character: 0 });
  const text = document.getText();
  const [line = '', ...following] = document
    .getText({ start: { line: position.line, character: 0 }, end: { line: position.line + LINES_AFTER, character: 0 } }).split(/\r?\n/);
  const value = hoverLog({ text, line, number: position.line + 1, following, column: document.offsetAt(position) - start, parse: dagOfTc, keys }, { t });
  return toHover(value, { start: { line: position.line, character: 0 }, end: { line: position.line, character: line.length } });
}

function toHover(value: string | undefined, range?: Range): Hover | null {
  return value === undefined ? null : { contents: { kind: MarkupKind.Markdown, value }, ...(range !== undefined && { range }) };
}
