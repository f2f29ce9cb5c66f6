/** The last known state of each tuning session that this window watches. The sessions themselves are elsewhere. */
import * as vscode from 'vscode';
import type { SessionState } from '../../server/src/protocol/session-state.js';

export function isRunning(state: SessionState): boolean {
  return state.phase === 'starting' || state.phase === 'running' || state.phase === 'cancelling';
}

export class Sessions implements vscode.Disposable {
  readonly #states = new Map<string, SessionState>();
  readonly #changed = new vscode.EventEmitter<SessionState>();
  /** A session is new, moved on or ended. */
  readonly onDidChange = this.#changed.event;

  update(state: SessionState): void {
    if (isRunning(state)) this.#states.set(state.info.id, state);
    else this.#states.delete(state.info.id);
    void vscode.commands.executeCommand('setContext', 'ansor:tuning', this.#states.size > 0);
    this.#changed.fire(state);
  }

  get running(): readonly SessionState[] {
    return [...this.#states.values()];
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
