/** The progress notification of a session that this window started; it can be hidden, and cancels the session. */
import * as vscode from 'vscode';
import type { SessionState } from '../../server/src/protocol/session-state.js';
import { isRunning, type Sessions } from './sessions.js';
import { modelName, progressText } from './words.js';

export function showProgress(first: SessionState, sessions: Sessions, cancel: (id: string) => unknown): void {
  const { id } = first.info;
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: vscode.l10n.t('Tuning {0}', modelName(first)) };
  void vscode.window.withProgress(options, (progress, token) => new Promise<void>((resolve) => {
    let shown = 0;
    const update = (state: SessionState): void => {
      const percent = state.planned === 0 ? 0 : (100 * state.trials) / state.planned;
      progress.report({ message: progressText(state), increment: Math.max(0, percent - shown) });
      shown = Math.max(shown, percent);
    };
    const watching = sessions.onDidChange((state) => {
      if (state.info.id !== id) return;
      if (isRunning(state)) return update(state);
      watching.dispose();
      resolve();
    });
    token.onCancellationRequested(() => cancel(id));
    update(first);
  }));
}
