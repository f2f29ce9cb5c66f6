/** Completion in `.tc` files. */
import { CompletionItemKind, InsertTextFormat, type CompletionItem, type ServerCapabilities } from 'vscode-languageserver';
import { completeTc } from '../ide/tc/completion.js';
import type { LanguageContext } from './language-context.js';

const KINDS = {
  keyword: CompletionItemKind.Keyword, type: CompletionItemKind.TypeParameter, function: CompletionItemKind.Function, tensor: CompletionItemKind.Variable, parameter: CompletionItemKind.Field,
  index: CompletionItemKind.Property, size: CompletionItemKind.Constant, attribute: CompletionItemKind.Event, snippet: CompletionItemKind.Snippet, operator: CompletionItemKind.Operator,
} as const;

export function registerCompletion(context: LanguageContext): ServerCapabilities {
  context.connection.onCompletion(({ textDocument, position }): CompletionItem[] => {
    const analysis = context.document(textDocument.uri)?.tc;
    if (analysis === undefined) return [];
    return completeTc(analysis, { line: position.line + 1, column: position.character + 1 }, context.words).map(({ label, kind, detail, snippet }, k) => ({
      label, kind: KINDS[kind], detail, sortText: String(k).padStart(4, '0'), insertText: snippet, insertTextFormat: InsertTextFormat.Snippet,
    }));
  });
  return { completionProvider: { triggerCharacters: ['@', '(', ','] } };
}
