/** Ansor: Show Tuning Log. */
import * as vscode from 'vscode';
import { notifyProblem, notifyResult } from '../notify.js';
import type { Context } from './context.js';
import { pickSession } from './pick-session.js';

export async function showLog(context: Context, chosen: unknown): Promise<void> {
  const session = await pickSession(context, chosen, vscode.l10n.t('Tuning session'));
  if (session === undefined) return notifyResult(vscode.l10n.t('No tuning session is running.'));
  const log = vscode.Uri.file(session.info.log);
  await vscode.window.showTextDocument(log, { preview: false }).then(undefined, () => notifyProblem(vscode.l10n.t('{0} has no trials yet.', log.fsPath)));
}
