import * as vscode from 'vscode';
import type { SessionState } from '../../../server/src/protocol/session-state.js';
import { modelName, progressText } from '../words.js';
import type { Context } from './context.js';

/** The session with the id `chosen` (a command link's argument), the only one, or the one that is picked. */
export async function pickSession(context: Context, chosen: unknown, placeHolder: string): Promise<SessionState | undefined> {
  const { running } = context.sessions;
  const named = running.find((state) => state.info.id === chosen);
  if (named !== undefined || running.length <= 1) return named ?? running[0];
  const items = running.map((state) => ({ label: modelName(state), description: progressText(state), detail: state.info.log, state }));
  return (await vscode.window.showQuickPick(items, { placeHolder }))?.state;
}
