/** Semantic tokens of `.tc` files, as the protocol packs them: five numbers a token, places relative to the one before. */
import type { SemanticTokens, ServerCapabilities } from 'vscode-languageserver';
import { semanticTokens, TOKEN_MODIFIERS, TOKEN_TYPES } from '../ide/tc/semantic-tokens.js';
import type { LanguageContext } from './language-context.js';

export function registerSemanticTokens(context: LanguageContext): ServerCapabilities {
  context.connection.languages.semanticTokens.on(({ textDocument }): SemanticTokens => {
    const analysis = context.document(textDocument.uri)?.tc;
    const data: number[] = [];
    let [line, column] = [1, 1];
    for (const token of analysis === undefined ? [] : semanticTokens(analysis)) {
      const modifiers = token.modifiers.reduce((bits, modifier) => bits | (1 << TOKEN_MODIFIERS.indexOf(modifier)), 0);
      data.push(token.line - line, token.line === line ? token.column - column : token.column - 1, token.length, TOKEN_TYPES.indexOf(token.type), modifiers);
      ({ line, column } = token);
    }
    return { data };
  });
  return { semanticTokensProvider: { legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] }, full: true } };
}
