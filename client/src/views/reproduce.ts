/** What the dashboard offers for failed records: the whole output as text, and the program with its commands. */
import * as vscode from 'vscode';
import { recordRef } from '../commands/reveal-record.js';
import { notifyProblem, notifyResult } from '../notify.js';
import type { Server } from '../server.js';
import { refuseUntrusted } from '../trust.js';

const OUTPUT_SCHEME = 'ansor-output';

/** Outputs as texts that nobody has to save. Mutable: those that were asked for, until their document is closed. */
export class OutputTexts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly registered = vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(OUTPUT_SCHEME, this),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => void this.texts.delete(uri.toString())),
  );

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? '';
  }

  /** `argument`: `{title, text}` of a page. */
  async show(argument: unknown): Promise<void> {
    const { title, text }: { readonly title?: unknown; readonly text?: unknown } = Object(argument);
    if (typeof text !== 'string') return;
    const uri = vscode.Uri.from({ scheme: OUTPUT_SCHEME, path: `/${typeof title === 'string' ? title.replaceAll('/', '_') : ''}.txt` });
    this.texts.set(uri.toString(), text);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  dispose(): void {
    this.registered.dispose();
  }
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
