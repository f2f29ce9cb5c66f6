/** Go to definition, references and highlights: from a record to its task's best and to its task's records; names in `.tc` files. */
import { DocumentHighlightKind, type DocumentHighlight, type Location, type Position, type Range, type ServerCapabilities } from 'vscode-languageserver';
import { goToBest, logHighlights, taskReferences, type LogSpan } from '../ide/log/navigate.js';
import type { TcOccurrence } from '../ide/tc/symbols.js';
import type { LanguageContext } from './language-context.js';
import type { OpenDocument } from './open-document.js';

function spanRange({ line, from, to }: LogSpan): Range {
  return { start: { line, character: from }, end: { line, character: to } };
}

export function occurrenceRange({ line, column, length }: TcOccurrence): Range {
  return { start: { line: line - 1, character: column - 1 }, end: { line: line - 1, character: column - 1 + length } };
}

/** All occurrences of the name at a position. */
export function occurrencesAt(document: OpenDocument, { line, character }: Position): readonly TcOccurrence[] {
  const symbols = document.tc?.symbols;
  const found = symbols?.at({ line: line + 1, column: character + 1 });
  return found === undefined || symbols === undefined ? [] : symbols.of(found.symbol);
}

export function registerNavigation(context: LanguageContext): ServerCapabilities {
  const { connection } = context;
  connection.onDefinition(async ({ textDocument: { uri }, position }, cancel): Promise<Location[] | null> => {
    const document = context.document(uri);
    if (document === undefined) return null;
    if (document.log === undefined) return occurrencesAt(document, position).filter((o) => o.role === 'definition').map((o) => ({ uri, range: occurrenceRange(o) }));
    const overview = await document.log.readAll(cancel);
    return overview === undefined ? null : goToBest(document.log.lines, overview, position.line).map((span) => ({ uri, range: spanRange(span) }));
  });
  connection.onReferences(async ({ textDocument: { uri }, position, context: { includeDeclaration } }, cancel): Promise<Location[] | null> => {
    const document = context.document(uri);
    if (document === undefined) return null;
    if (document.log === undefined) return occurrencesAt(document, position).filter((o) => includeDeclaration || o.role === 'use').map((o) => ({ uri, range: occurrenceRange(o) }));
    const overview = await document.log.readAll(cancel);
    return overview === undefined ? null : taskReferences(document.log.lines, overview, position.line, includeDeclaration).map((span) => ({ uri, range: spanRange(span) }));
  });
  connection.onDocumentHighlight(({ textDocument, position }): DocumentHighlight[] | null => {
    const document = context.document(textDocument.uri);
    if (document === undefined) return null;
    if (document.log !== undefined) return logHighlights(document.log.lines, document.log.overview, position.line, position.character).map((span) => ({ range: spanRange(span), kind: DocumentHighlightKind.Text }));
    return occurrencesAt(document, position).map((o) => ({ range: occurrenceRange(o), kind: o.role === 'definition' ? DocumentHighlightKind.Write : DocumentHighlightKind.Read }));
  });
  return { definitionProvider: true, referencesProvider: true, documentHighlightProvider: true };
}
