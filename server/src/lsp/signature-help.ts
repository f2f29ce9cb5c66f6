/** Signature help in `.tc` files. */
import type { ServerCapabilities, SignatureHelp } from 'vscode-languageserver';
import { signatureTc } from '../ide/tc/signature.js';
import type { LanguageContext } from './language-context.js';

export function registerSignatureHelp(context: LanguageContext): ServerCapabilities {
  context.connection.onSignatureHelp(({ textDocument, position }): SignatureHelp | null => {
    const analysis = context.document(textDocument.uri)?.tc;
    const found = analysis === undefined ? undefined : signatureTc(analysis, { line: position.line + 1, column: position.character + 1 }, context.words);
    if (found === undefined) return null;
    const { label, parameters, active, summary } = found;
    return { signatures: [{ label, documentation: summary, parameters: parameters.map((parameter) => ({ label: parameter })) }], activeSignature: 0, activeParameter: active };
  });
  return { signatureHelpProvider: { triggerCharacters: ['(', ','], retriggerCharacters: [')'] } };
}
