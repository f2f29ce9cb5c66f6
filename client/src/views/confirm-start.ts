/** Before a session starts: what it will cost, where it measures, where its log lies. A setting leaves the step out. */
import * as vscode from 'vscode';
import type { StartTuningParams } from '../../../server/src/protocol/lsp.js';
import type { Server } from '../server.js';
import { logPlace } from './log-place.js';

function span(seconds: number): string {
  if (seconds < 90) return vscode.l10n.t('{0} seconds', Math.max(1, Math.round(seconds)));
  return seconds < 5400 ? vscode.l10n.t('{0} minutes', Math.round(seconds / 60)) : vscode.l10n.t('{0} hours', (seconds / 3600).toFixed(1));
}

/** The settings to start with; undefined: the person thought better of it. */
export async function confirmStart(server: Server, given: StartTuningParams, model: vscode.Uri): Promise<StartTuningParams | undefined> {
  if (vscode.workspace.getConfiguration('ansor', model).get<boolean>('confirmStart') !== true) return given;
  let params = given;
  for (;;) {
    const { trials, target } = params;
    const estimate = await server.page('tuneEstimate', { uri: model.toString(), log: logPlace(model), ...(trials !== undefined && { trials }), ...(target !== undefined && { target }) });
    // What is wrong with the model is told by the start.
    if (estimate.problem !== undefined) return params;
    const { seconds, bytes, records, tasks, basis, log } = estimate;
    const start = {
      label: `$(play) ${vscode.l10n.t('Start Tuning')}`, description: vscode.l10n.t('about {0}, {1} MB on disk', span(seconds), Math.max(1, Math.round(bytes / 1e6))),
      detail: basis === 'log' ? vscode.l10n.t('as fast as the records of this log were measured') : vscode.l10n.t('an estimate: nothing of this model was measured here yet'),
    };
    const budget = { label: `$(list-ordered) ${vscode.l10n.t('{0} trials', estimate.trials)}`, description: vscode.l10n.t('{0} tasks, {1} records are there', tasks, records), detail: vscode.l10n.t('Change the number of records to reach') };
    const device = { label: `$(vm) ${target ?? vscode.l10n.t('C compiler of this machine, else WebAssembly')}`, description: vscode.l10n.t('device'), detail: vscode.l10n.t('Open the setting') };
    const place = { label: `$(output) ${vscode.workspace.asRelativePath(log)}`, description: vscode.l10n.t('log'), detail: vscode.l10n.t('Open the setting') };
    const never = { label: `$(close) ${vscode.l10n.t('Start, and Do Not Ask Again')}` };
    const picked = await vscode.window.showQuickPick([start, budget, device, place, never], { title: vscode.l10n.t('Tune {0}', vscode.workspace.asRelativePath(model)), ignoreFocusOut: true });
    if (picked === start) return params;
    if (picked === never) {
      await vscode.workspace.getConfiguration('ansor').update('confirmStart', false, vscode.ConfigurationTarget.Global);
      return params;
    }
    if (picked === device || picked === place) {
      await vscode.commands.executeCommand('workbench.action.openSettings', picked === device ? 'ansor.target' : 'ansor.logDirectory');
      return undefined;
    }
    if (picked !== budget) return undefined;
    const answer = await vscode.window.showInputBox({ title: vscode.l10n.t('Records to reach'), value: String(estimate.trials), validateInput: (text) => (/^[1-9]\d{0,8}$/.test(text.trim()) ? undefined : vscode.l10n.t('Give a whole number of at least 1.')) });
    if (answer !== undefined) params = { ...params, trials: Number(answer.trim()) };
  }
}
