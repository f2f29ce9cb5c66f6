/** Shows a record in its log. Arguments come from lenses and hovers, and from whoever runs commands: they are checked. */
import * as vscode from 'vscode';
import type { RecordRef } from '../../../server/src/protocol/editor-commands.js';

/** Undefined: not a reference to a record. */
export function recordRef(argument: unknown): RecordRef | undefined {
  if (typeof argument !== 'object' || argument === null || !('uri' in argument) || !('line' in argument)) return undefined;
  const { uri, line } = argument;
  return typeof uri === 'string' && typeof line === 'number' && Number.isSafeInteger(line) && line > 0 ? { uri, line } : undefined;
}

export async function revealRecord(argument: unknown): Promise<void> {
  const ref = recordRef(argument);
  if (ref === undefined) return;
  const at = new vscode.Position(ref.line - 1, 0);
  const uri = vscode.Uri.parse(ref.uri, true);
  const column = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString())?.viewColumn;
  const editor = await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at), ...(column !== undefined && { viewColumn: column }) });
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
