/** Document symbols: the tasks and records of a log, the definitions and tensors of a `.tc` file. */
import { SymbolKind, SymbolTag, type DocumentSymbol, type Range, type ServerCapabilities } from 'vscode-languageserver';
import { logOutline, type OutlineRecord, type OutlineTask } from '../ide/log/outline.js';
import { tcOutline, type TcOutlineEntry } from '../ide/tc/outline.js';
import type { LanguageContext } from './language-context.js';
import type { OpenDocument } from './open-document.js';

const RECORD_KINDS = { best: SymbolKind.Constant, fine: SymbolKind.Field, failed: SymbolKind.Event } as const;
const TC_KINDS = { definition: SymbolKind.Function, parameter: SymbolKind.Property, tensor: SymbolKind.Variable, size: SymbolKind.Constant, index: SymbolKind.Key } as const;

export function registerOutline(context: LanguageContext): ServerCapabilities {
  context.connection.onDocumentSymbol(async ({ textDocument }, cancel): Promise<DocumentSymbol[] | null> => {
    const document = context.document(textDocument.uri);
    if (document?.log !== undefined) {
      const overview = await document.log.readAll(cancel);
      return overview === undefined ? null : logOutline(document.log.lines, overview, context.keys, context.words).map((task) => taskSymbol(task, document));
    }
    return document?.tc === undefined ? null : tcOutline(document.tc, context.words).map(tcSymbol);
  });
  return { documentSymbolProvider: { label: 'Ansor' } };
}

function lineRange(document: OpenDocument, line: number): Range {
  return { start: { line, character: 0 }, end: { line, character: document.line(line).length } };
}

function taskSymbol(task: OutlineTask, document: OpenDocument): DocumentSymbol {
  return {
    name: task.name, detail: task.detail, kind: SymbolKind.Module, selectionRange: lineRange(document, task.at),
    range: { start: { line: task.from, character: 0 }, end: lineRange(document, task.to).end }, children: task.records.map((record) => recordSymbol(record, document)),
  };
}

function recordSymbol({ line, name, detail, kind }: OutlineRecord, document: OpenDocument): DocumentSymbol {
  const range = lineRange(document, line);
  return { name, detail, kind: RECORD_KINDS[kind], range, selectionRange: range, ...(kind === 'failed' && { tags: [SymbolTag.Deprecated] }) };
}

function tcSymbol({ name, detail, kind, range, selection, children }: TcOutlineEntry): DocumentSymbol {
  const place = ({ line, column }: { readonly line: number; readonly column: number }): Range['start'] => ({ line: line - 1, character: column - 1 });
  return {
    name, detail, kind: TC_KINDS[kind], range: { start: place(range.start), end: place(range.end) }, selectionRange: { start: place(selection.start), end: place(selection.end) },
    children: children.map(tcSymbol),
  };
}
