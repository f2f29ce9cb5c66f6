/** What the dashboard offers for failed records: the whole output as text, and the program with its commands. */
import * as vscode from 'vscode';
import { recordRef } from '../commands/reveal-record.js';
import { notifyProblem, notifyResult } from '../notify.js';
import type { Server } from '../server.js';
import { refuseUntrusted } from '../trust.js';

export async function showOutput(argument: unknown): Promise<void> {
  const text: unknown = Object(argument).text;
  if (typeof text !== 'string') return;
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: text, language: 'plaintext' }), { preview: true });
}

/** Writes the program into a folder, opens its description, and a terminal with the command typed, not run. */
export async function reproduceRecord(server: Server, argument: unknown): Promise<void> {
  if (!vscode.workspace.isTrusted) return refuseUntrusted();
  const record = recordRef(argument);
  if (record === undefined) return;
  try {
    const { folder, command, note } = await server.page('reproduce', record);
    await vscode.window.showTextDocument(vscode.Uri.joinPath(vscode.Uri.file(folder), 'README.md'), { preview: true });
    if (command === null) return notifyResult(note);
    const terminal = vscode.window.createTerminal({ name: vscode.l10n.t('Ansor: Reproduce'), cwd: folder });
    terminal.show();
    terminal.sendText(command, false);
  } catch (error) {
    notifyProblem(error instanceof Error ? error.message : String(error));
  }
}
