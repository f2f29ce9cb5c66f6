/** Inlay hints: times in logs, inferred ranges in `.tc` files. */
import type { InlayHint, ServerCapabilities } from 'vscode-languageserver';
import { logInlays } from '../ide/log/inlays.js';
import { tcInlays } from '../ide/tc/inlays.js';
import type { LanguageContext } from './language-context.js';

export function registerInlayHints(context: LanguageContext): ServerCapabilities {
  context.connection.languages.inlayHint.on(({ textDocument, range }): InlayHint[] => {
    const document = context.document(textDocument.uri);
    const { results, ranges } = context.settings();
    if (document?.log !== undefined) {
      const { lines, overview } = document.log;
      if (results === 'off') return [];
      return logInlays(lines, overview, range.start.line, range.end.line, context.keys, context.here(), context.words).map(({ line, label, tooltip }) => ({
        position: { line, character: results === 'start' ? 0 : lines.line(line).length }, label, ...(tooltip !== undefined && { tooltip }),
        ...(results === 'start' ? { paddingRight: true } : { paddingLeft: true }),
      }));
    }
    if (document?.tc === undefined || !ranges) return [];
    return tcInlays(document.tc, context.words)
      .filter(({ line }) => range.start.line <= line - 1 && line - 1 <= range.end.line)
      .map(({ line, column, label, tooltip }) => ({ position: { line: line - 1, character: column - 1 }, label, tooltip, paddingLeft: true }));
  });
  return { inlayHintProvider: true };
}
