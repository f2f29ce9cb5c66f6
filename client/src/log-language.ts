/** Gives tuning logs their language: many are named `.json`, and a known file ending wins over the first line. */
import * as vscode from 'vscode';
import { LOG_LANGUAGE, looksLikeTuningLog, TC_LANGUAGE } from '../../server/src/protocol/document-kind.js';

const MAYBE_LOGS = new Set(['json', 'jsonl', 'jsonc', 'log', 'plaintext']);
const LINES_LOOKED_AT = 5;

function beginning(document: vscode.TextDocument): string {
  return document.getText(new vscode.Range(0, 0, Math.min(LINES_LOOKED_AT, document.lineCount), 0));
}

/** Calls `onOurs` for every document of ours that is or gets opened; sets the language of logs on the way. Touches no other file. */
export function watchDocuments(onOurs: () => unknown): vscode.Disposable {
  const look = (document: vscode.TextDocument): void => {
    if (document.languageId === LOG_LANGUAGE || document.languageId === TC_LANGUAGE) onOurs();
    else if (MAYBE_LOGS.has(document.languageId) && looksLikeTuningLog(beginning(document))) void vscode.languages.setTextDocumentLanguage(document, LOG_LANGUAGE);
  };
  vscode.workspace.textDocuments.forEach(look);
  return vscode.workspace.onDidOpenTextDocument(look);
}
