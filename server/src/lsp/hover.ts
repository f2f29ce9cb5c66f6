/** Hovers over logs and `.tc` files. */
import { MarkupKind, type Hover, type Position, type Range, type ServerCapabilities } from 'vscode-languageserver';
import { hoverLog } from '../ide/hover-log.js';
import { whyElsewhere } from '../ide/log/elsewhere.js';
import { dagOfTc } from '../ide/tc.js';
import { hoverTc } from '../ide/tc/hover.js';
import type { LanguageContext } from './language-context.js';
import type { OpenDocument, OpenLog } from './open-document.js';

const LINES_AFTER = 4;

export function registerHover(context: LanguageContext): ServerCapabilities {
  context.connection.onHover(({ textDocument, position }): Hover | null => {
    const document = context.document(textDocument.uri);
    if (document === undefined) return null;
    if (document.log !== undefined) return hoverRecord(document, document.log, position, context);
    const found = document.tc === undefined ? undefined : hoverTc(document.tc, { line: position.line + 1, column: position.character + 1 }, context.words);
    return found === undefined ? null : {
      contents: { kind: MarkupKind.Markdown, value: found.markdown },
      range: { start: { line: found.line - 1, character: found.column - 1 }, end: { line: found.line - 1, character: found.column - 1 + found.length } },
    };
  });
  return { hoverProvider: true };
}

/** Needs the hovered line and its task's note; what the whole log tells is said once it was read. */
function hoverRecord(document: OpenDocument, log: OpenLog, { line: number, character }: Position, context: LanguageContext): Hover | null {
  const { lines, overview } = log;
  const raw = lines.line(number);
  const mark = number === 0 && raw.startsWith('\ufeff') ? 1 : 0;
  const read = lines.read(number);
  const task = read.kind === 'record' || read.kind === 'autotvm' ? overview?.taskOf(read.task) : undefined;
  const session = task === undefined ? undefined : overview?.sessionAt(number)?.note;
  const value = hoverLog({
    taskNote: (key) => lines.taskNote(key), line: raw.slice(mark), number: number + 1, following: lines.lines(number + 1, number + 1 + LINES_AFTER), column: character - mark,
    parse: dagOfTc, keys: context.keys, place: { uri: document.uri, best: task?.best === undefined ? undefined : task.best + 1, pages: context.pages },
    ...(session !== undefined && { elsewhere: whyElsewhere(session, overview?.sessions.at(-1)?.note, context.here(), task?.id.workloadKey, context.words) }),
  }, context.words);
  const range: Range = { start: { line: number, character: 0 }, end: { line: number, character: raw.length } };
  return value === undefined ? null : { contents: { kind: MarkupKind.Markdown, value }, range };
}
