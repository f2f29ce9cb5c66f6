/** The status item: there while a session runs, with the facts and the commands in its tooltip. */
import * as vscode from 'vscode';
import type { SessionState } from '../../server/src/protocol/session-state.js';
import type { Sessions } from './sessions.js';
import { milliseconds, modelName, progressText, trialCount } from './words.js';

const MOST_TASKS = 8;

function link(title: string, command: string, id: string): string {
  return `[${title}](command:${command}?${encodeURIComponent(JSON.stringify([id]))})`;
}

function describe(tooltip: vscode.MarkdownString, state: SessionState): void {
  tooltip.appendMarkdown('**');
  tooltip.appendText(modelName(state));
  tooltip.appendMarkdown('**  \n');
  tooltip.appendText(progressText(state));
  tooltip.appendMarkdown('\n\n');
  const slowest = state.tasks.toSorted((a, b) => b.weight * (b.bestMs ?? 0) - a.weight * (a.bestMs ?? 0)).slice(0, MOST_TASKS);
  for (const task of slowest) {
    tooltip.appendMarkdown(task.key === state.currentTask ? '- $(arrow-right) ' : '- ');
    tooltip.appendText(`${task.name} × ${task.weight}: ${task.bestMs === null ? '–' : milliseconds(task.bestMs)}`);
    tooltip.appendMarkdown('\n');
  }
  if (state.tasks.length > MOST_TASKS) tooltip.appendMarkdown(`- ${vscode.l10n.t('and {0} more', state.tasks.length - MOST_TASKS)}\n`);
  const { id } = state.info;
  tooltip.appendMarkdown(`\n\n$(output) ${link(vscode.l10n.t('Show Log'), 'ansor.showLog', id)} · $(debug-stop) ${link(vscode.l10n.t('Cancel'), 'ansor.cancelTuning', id)}\n\n`);
}

/** Shows it in the status bar until disposed. */
export function showStatus(sessions: Sessions): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('ansor.tuning', vscode.StatusBarAlignment.Left);
  item.name = vscode.l10n.t('Ansor Tuning');
  item.command = 'ansor.showLog';
  const update = (): void => {
    const [first, ...more] = sessions.running;
    if (first === undefined) return item.hide();
    const trials = sessions.running.reduce((n, s) => n + s.trials, 0);
    const planned = sessions.running.reduce((n, s) => n + s.planned, 0);
    item.text = `$(loading~spin) Ansor ${more.length === 0 ? trialCount(first) : `${trials}/${planned}`}`;
    const tooltip = new vscode.MarkdownString('', true);
    tooltip.isTrusted = { enabledCommands: ['ansor.showLog', 'ansor.cancelTuning'] };
    for (const state of sessions.running) describe(tooltip, state);
    item.tooltip = tooltip;
    item.accessibilityInformation = { label: sessions.running.map((s) => `Ansor, ${modelName(s)}: ${progressText(s)}`).join('; '), role: 'button' };
    item.show();
  };
  return vscode.Disposable.from(item, sessions.onDidChange(update));
}
