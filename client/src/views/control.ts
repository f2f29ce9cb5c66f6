/** Commands that steer a running session: pause, resume, another budget. */
import * as vscode from 'vscode';
import type { Context } from '../commands/context.js';
import { pickSession } from '../commands/pick-session.js';
import { notifyProblem } from '../notify.js';

export async function setPaused(context: Context, chosen: unknown, paused: boolean): Promise<void> {
  const session = await pickSession(context, chosen, paused ? vscode.l10n.t('Tuning session to pause') : vscode.l10n.t('Tuning session to resume'));
  if (session === undefined) return;
  if (!(await context.server.page('sessionControl', { id: session.info.id, action: paused ? 'pause' : 'resume' }))) notifyProblem(vscode.l10n.t('This tuning session has ended.'));
}

export async function changeBudget(context: Context, chosen: unknown): Promise<void> {
  const session = await pickSession(context, chosen, vscode.l10n.t('Tuning session whose budget changes'));
  if (session === undefined) return;
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t('Records to reach'), value: String(session.planned), prompt: vscode.l10n.t('{0} are in the log now.', session.trials),
    validateInput: (text) => (/^[1-9]\d{0,8}$/.test(text.trim()) ? undefined : vscode.l10n.t('Give a whole number of at least 1.')),
  });
  if (answer === undefined) return;
  await context.server.page('sessionControl', { id: session.info.id, action: 'budget', budget: { trials: Number(answer.trim()) } });
}
