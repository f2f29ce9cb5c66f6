/** Ansor: Reattach to Tuning Sessions. Runs by itself for a window's own folders when it opens. */
import * as vscode from 'vscode';
import type { AttachParams } from '../../../server/src/protocol/lsp.js';
import { notifyResult } from '../notify.js';
import type { Context } from './context.js';

/** Attaches to the sessions that `params` names and tells of ends that nobody was told yet. Number of sessions that run. */
export async function attachRunning(context: Context, params: AttachParams): Promise<number> {
  const { running, ended } = await context.server.attachSessions(params);
  for (const state of [...running, ...ended]) context.sessions.update(state);
  return running.length;
}

export async function reattach(context: Context): Promise<void> {
  const count = await attachRunning(context, {});
  if (count === 0) notifyResult(vscode.l10n.t('No tuning session is running.'));
}
