/** Which of our documents a text document is. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { LOG_LANGUAGE, TC_LANGUAGE } from '../protocol/document-kind.js';

export type DocumentKind = 'log' | 'tc' | 'other';

export function documentKind(document: Pick<TextDocument, 'languageId' | 'uri'>): DocumentKind {
  if (document.languageId === LOG_LANGUAGE) return 'log';
  if (document.languageId === TC_LANGUAGE) return 'tc';
  return 'other';
}
