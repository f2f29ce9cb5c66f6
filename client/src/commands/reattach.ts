/** Ansor: Reattach to Tuning Sessions. Runs by itself when a window opens. */
import * as vscode from 'vscode';
import { notifyResult } from '../notify.js';
import type { Context } from './context.js';

/** Number of sessions that run. Ends that nobody was told yet are told. */
export async function attachRunning(context: Context): Promise<number> {
  const { running, ended } = await context.server.attachSessions();
  for (const state of [...running, ...ended]) context.sessions.update(state);
  return running.length;
}

export async function reattach(context: Context): Promise<void> {
  const count = await attachRunning(context);
  if (count === 0) notifyResult(vscode.l10n.t('No tuning session is running.'));
}
