/** The status item: progress while a session runs, otherwise a door to the commands. Its tooltip is a menu whose links may run only the commands listed here. */
import * as vscode from 'vscode';
import { LOG_LANGUAGE, TC_LANGUAGE } from '../../server/src/protocol/document-kind.js';
import type { SessionState } from '../../server/src/protocol/session-state.js';
import type { Sessions } from './sessions.js';
import { milliseconds, modelName, progressText, trialCount } from './words.js';

const MOST_TASKS = 8;
const SETTING = 'ansor.statusBar.visibility';

interface Entry { readonly icon: string; readonly title: string; readonly command: string; readonly args?: readonly unknown[] }

function menu(running: boolean): readonly Entry[] {
  return [
    { icon: 'rocket', title: vscode.l10n.t('Tune Current Model'), command: 'ansor.tuneCurrentModel' },
    ...(running ? [] : [{ icon: 'debug-disconnect', title: vscode.l10n.t('Reattach'), command: 'ansor.reattach' }]),
    { icon: 'checklist', title: vscode.l10n.t('Check Setup'), command: 'ansor.checkSetup' },
    { icon: 'book', title: vscode.l10n.t('Walkthrough'), command: 'ansor.openWalkthrough' },
    { icon: 'trash', title: vscode.l10n.t('Clear Cache'), command: 'ansor.clearCache' },
    { icon: 'gear', title: vscode.l10n.t('Settings'), command: 'workbench.action.openSettings', args: ['@ext:ansor.ansor'] },
  ];
}

/** The only commands that the tooltip's links may run. */
export const STATUS_COMMANDS: readonly string[] = [
  'ansor.tuneCurrentModel', 'ansor.reattach', 'ansor.checkSetup', 'ansor.openWalkthrough', 'ansor.clearCache', 'workbench.action.openSettings', 'ansor.showLog', 'ansor.cancelTuning',
];

function link({ icon, title, command, args = [] }: Entry): string {
  return `$(${icon}) [${title}](command:${command}${args.length === 0 ? '' : `?${encodeURIComponent(JSON.stringify(args))}`})`;
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
  const args = [state.info.id];
  tooltip.appendMarkdown(`\n\n${link({ icon: 'output', title: vscode.l10n.t('Show Log'), command: 'ansor.showLog', args })} · ${link({ icon: 'debug-stop', title: vscode.l10n.t('Cancel'), command: 'ansor.cancelTuning', args })}\n\n---\n\n`);
}

/** A log, a `.tc` file or a model is in front of the user. */
function isRelevant(): boolean {
  if (vscode.window.visibleTextEditors.some(({ document }) => document.languageId === LOG_LANGUAGE || document.languageId === TC_LANGUAGE)) return true;
  return vscode.window.tabGroups.all.some(({ activeTab }) => activeTab?.input instanceof vscode.TabInputCustom && activeTab.input.viewType.startsWith('ansor.'));
}

/** The same as the tooltip, for the keyboard. */
async function pickFromMenu(sessions: Sessions): Promise<void> {
  const entries: readonly Entry[] = [
    ...sessions.running.flatMap(({ info }): Entry[] => [
      { icon: 'output', title: vscode.l10n.t('Show Log'), command: 'ansor.showLog', args: [info.id] }, { icon: 'debug-stop', title: vscode.l10n.t('Cancel'), command: 'ansor.cancelTuning', args: [info.id] },
    ]),
    ...menu(sessions.running.length > 0),
  ];
  const picked = await vscode.window.showQuickPick(entries.map((entry) => ({ label: `$(${entry.icon}) ${entry.title}`, entry })), { placeHolder: 'Ansor' });
  if (picked !== undefined) await vscode.commands.executeCommand(picked.entry.command, ...(picked.entry.args ?? []));
}

/** Shows it in the status bar until disposed. */
export function showStatus(sessions: Sessions, version: string): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('ansor.tuning', vscode.StatusBarAlignment.Left);
  item.name = vscode.l10n.t('Ansor Tuning');
  item.command = 'ansor.showMenu';
  const update = (): void => {
    const visibility = vscode.workspace.getConfiguration().get<string>(SETTING);
    const { running } = sessions;
    const [first, ...more] = running;
    if (visibility === 'never' || (visibility !== 'always' && first === undefined && !isRelevant())) return item.hide();
    const trials = running.reduce((n, s) => n + s.trials, 0);
    const planned = running.reduce((n, s) => n + s.planned, 0);
    item.text = first === undefined ? '$(rocket) Ansor' : `$(loading~spin) Ansor ${more.length === 0 ? trialCount(first) : `${trials}/${planned}`}`;
    const tooltip = new vscode.MarkdownString('', true);
    tooltip.isTrusted = { enabledCommands: STATUS_COMMANDS };
    if (first === undefined) tooltip.appendMarkdown(`**Ansor** ${version}\n\n`);
    for (const state of running) describe(tooltip, state);
    tooltip.appendMarkdown(menu(first !== undefined).map(link).join('  \n'));
    item.tooltip = tooltip;
    item.accessibilityInformation = { label: first === undefined ? 'Ansor' : running.map((s) => `Ansor, ${modelName(s)}: ${progressText(s)}`).join('; '), role: 'button' };
    item.show();
  };
  update();
  return vscode.Disposable.from(
    item, sessions.onDidChange(update), vscode.window.onDidChangeVisibleTextEditors(update), vscode.window.tabGroups.onDidChangeTabs(update),
    // A log gets its language a moment after it was opened.
    vscode.workspace.onDidOpenTextDocument(update),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(SETTING)) update();
    }),
    vscode.commands.registerCommand('ansor.showMenu', () => pickFromMenu(sessions)),
  );
}
