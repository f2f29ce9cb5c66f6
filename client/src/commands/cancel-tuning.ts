/** Ansor: Cancel Tuning. */
import * as vscode from 'vscode';
import { notifyProblem } from '../notify.js';
import type { Context } from './context.js';
import { pickSession } from './pick-session.js';

export async function cancelTuning(context: Context, chosen: unknown): Promise<void> {
  const session = await pickSession(context, chosen, vscode.l10n.t('Tuning session to cancel'));
  if (session === undefined) return;
  const problem = await context.server.cancelTuning(session.info.id);
  if (problem !== null) notifyProblem(problem.message);
}
