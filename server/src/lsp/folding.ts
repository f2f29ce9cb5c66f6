/** Folding: runs of records and blocks of remarks in logs, definitions and comments in `.tc` files. */
import { FoldingRangeKind, type FoldingRange, type ServerCapabilities } from 'vscode-languageserver';
import { foldLog } from '../ide/log/folding.js';
import { foldTc } from '../ide/tc/folding.js';
import type { LanguageContext } from './language-context.js';

export function registerFolding(context: LanguageContext): ServerCapabilities {
  context.connection.onFoldingRanges(async ({ textDocument }, cancel): Promise<FoldingRange[] | null> => {
    const document = context.document(textDocument.uri);
    if (document?.log !== undefined && (await document.log.readAll(cancel)) === undefined) return null;
    const folds = document?.log !== undefined ? foldLog(document.log.lines) : document?.tc === undefined ? [] : foldTc(document.tc);
    return folds.map(({ from, to, kind }) => ({ startLine: from, endLine: to, ...(kind === 'remarks' && { kind: FoldingRangeKind.Comment }) }));
  });
  return { foldingRangeProvider: true };
}
