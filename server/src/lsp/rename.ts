/** Rename in `.tc` files. */
import { ErrorCodes, ResponseError, type Range, type ServerCapabilities, type WorkspaceEdit } from 'vscode-languageserver';
import { renamable, renameTc } from '../ide/tc/rename.js';
import type { LanguageContext } from './language-context.js';
import { occurrenceRange } from './navigation.js';

export function registerRename(context: LanguageContext): ServerCapabilities {
  const { connection, words } = context;
  connection.onPrepareRename(({ textDocument, position }): { range: Range; placeholder: string } | ResponseError | null => {
    const analysis = context.document(textDocument.uri)?.tc;
    if (analysis === undefined) return null;
    const found = renamable(analysis, { line: position.line + 1, column: position.character + 1 }, words);
    return found.ok ? { range: occurrenceRange(found.value), placeholder: found.value.symbol.name } : new ResponseError(ErrorCodes.InvalidRequest, found.error);
  });
  connection.onRenameRequest(({ textDocument: { uri }, position, newName }): WorkspaceEdit | ResponseError | null => {
    const analysis = context.document(uri)?.tc;
    if (analysis === undefined) return null;
    const found = renameTc(analysis, { line: position.line + 1, column: position.character + 1 }, newName, words);
    return found.ok ? { changes: { [uri]: found.value.map((o) => ({ range: occurrenceRange(o), newText: newName })) } } : new ResponseError(ErrorCodes.InvalidRequest, found.error);
  });
  return { renameProvider: { prepareProvider: true } };
}
