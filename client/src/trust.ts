/** What a person is told where nothing may be built or run. */
import * as vscode from 'vscode';
import { notifyProblem } from './notify.js';

export function refuseUntrusted(): void {
  notifyProblem(vscode.l10n.t('Tuning builds and runs programs on this machine. Trust this workspace to allow it; logs and models can be read without.'), {
    title: vscode.l10n.t('Manage Trust'), run: () => vscode.commands.executeCommand('workbench.trust.manage'),
  });
}
