/** Says once how a session ended. */
import * as vscode from 'vscode';
import type { SessionState } from '../../server/src/protocol/session-state.js';
import { notifyProblem, notifyResult, type Action } from './notify.js';
import { resultText } from './words.js';

export function reportEnd(state: SessionState): void {
  const showLog: Action = { title: vscode.l10n.t('Show Log'), run: () => vscode.window.showTextDocument(vscode.Uri.file(state.info.log)) };
  const again: Action = { title: vscode.l10n.t('Tune Again'), run: () => vscode.commands.executeCommand('ansor.tuneCurrentModel', vscode.Uri.file(state.info.model)) };
  if (state.phase === 'done') notifyResult(resultText(state), showLog);
  else notifyProblem(resultText(state), again, showLog);
}
