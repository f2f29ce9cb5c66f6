/** Formatting of `.tc` files: whole ones, or ranges. */
import type { FormattingOptions, Range, ServerCapabilities, TextEdit } from 'vscode-languageserver';
import { formatTc } from '../ide/tc/format.js';
import type { LanguageContext } from './language-context.js';
import type { OpenDocument } from './open-document.js';

function edits(document: OpenDocument | undefined, { insertSpaces, tabSize }: FormattingOptions, within?: Range): TextEdit[] {
  if (document?.tc === undefined) return [];
  const all = formatTc(document.tc, insertSpaces ? ' '.repeat(tabSize) : '\t').map(({ start, end, text }) => ({ range: document.range(start, end), newText: text }));
  return within === undefined ? all : all.filter(({ range }) => range.start.line >= within.start.line - 1 && range.end.line <= within.end.line && range.end.line >= within.start.line);
}

export function registerFormatting({ connection, document }: LanguageContext): ServerCapabilities {
  connection.onDocumentFormatting(({ textDocument, options }) => edits(document(textDocument.uri), options));
  connection.onDocumentRangeFormatting(({ textDocument, range, options }) => edits(document(textDocument.uri), options, range));
  return { documentFormattingProvider: true, documentRangeFormattingProvider: true };
}
