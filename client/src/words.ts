/** A session's state in a few words, as the status item, the progress and the messages show it. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { SessionState } from '../../server/src/protocol/session-state.js';

export function modelName(state: SessionState): string {
  return path.basename(state.info.model);
}

/** `0.123 ms`, `12.3 ms`: three digits. */
export function milliseconds(ms: number): string {
  return `${Number(ms.toPrecision(3))} ms`;
}

/** `3.2 MB`, as file managers show it. */
export function byteCount(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ['GB', 1e9] : bytes >= 1e6 ? ['MB', 1e6] : ['kB', 1e3];
  return `${Number((bytes / size).toPrecision(3))} ${unit}`;
}

export function duration(seconds: number): string {
  if (seconds < 90) return vscode.l10n.t('{0} s', Math.round(seconds));
  if (seconds < 5400) return vscode.l10n.t('{0} min', Math.round(seconds / 60));
  return vscode.l10n.t('{0} h', (seconds / 3600).toFixed(1));
}

export function trialCount(state: SessionState): string {
  return `${state.trials}/${state.planned}`;
}

/** E.g. `312/1000 trials · 12.3 ms · 4 min left`. */
export function progressText(state: SessionState): string {
  if (state.phase === 'starting') return vscode.l10n.t('reading the model');
  if (state.phase === 'cancelling') return vscode.l10n.t('stopping');
  const parts = [vscode.l10n.t('{0} trials', trialCount(state))];
  if (state.latencyMs !== null) parts.push(milliseconds(state.latencyMs));
  if (state.paused) parts.push(vscode.l10n.t('paused'));
  else if (state.etaSeconds !== null) parts.push(vscode.l10n.t('{0} left', duration(state.etaSeconds)));
  return parts.join(' · ');
}

/** How a session ended. */
export function resultText(state: SessionState): string {
  const model = modelName(state);
  if (state.result === null) return vscode.l10n.t('Tuning of {0} failed: {1}', model, state.problem ?? vscode.l10n.t('unknown reason'));
  const { latencyMs, trials, seconds, cancelled } = state.result;
  const measured = vscode.l10n.t('{0} trials in {1}', trials, duration(seconds));
  const times = latencyMs.after === null ? [] : [
    latencyMs.naive === null ? milliseconds(latencyMs.after) : vscode.l10n.t('{0} (naive: {1})', milliseconds(latencyMs.after), milliseconds(latencyMs.naive)),
  ];
  const facts = [...times, measured].join(', ');
  return cancelled ? vscode.l10n.t('Tuning of {0} was stopped: {1}', model, facts) : vscode.l10n.t('{0} is tuned: {1}', model, facts);
}
