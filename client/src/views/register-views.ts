/** The container "Ansor" (dashboard, tasks, devices), the record table, the page of models, and their commands. */
import * as vscode from 'vscode';
import type { Context } from '../commands/context.js';
import { createEngine } from '../engine.js';
import type { Pages } from '../pages/page-host.js';
import { registerPageEditor } from '../pages/page-editor.js';
import { registerPageView } from '../pages/page-view.js';
import { isRunning } from '../sessions.js';
import { changeBudget, setPaused } from './control.js';
import { DevicesTree } from './devices-tree.js';
import { RECORD_TABLE, watchLargeLogs } from './large-logs.js';
import { logPlace } from './log-place.js';
import { OutputTexts, reproduceRecord } from './reproduce.js';
import { TasksTree } from './tasks-tree.js';

const REFRESH_MS = 2000;

function uriOf(argument: unknown): vscode.Uri | undefined {
  if (argument instanceof vscode.Uri) return argument;
  return typeof argument === 'string' ? vscode.Uri.parse(argument, true) : undefined;
}

/** The log that a person means: the given one, the one in front, or one that is picked. */
async function chooseLog(argument: unknown): Promise<vscode.Uri | undefined> {
  const given = uriOf(argument);
  if (given !== undefined) return given;
  const found = await vscode.workspace.findFiles('**/*.{ansor.jsonl,ansor-log}', '**/node_modules/**', 200);
  const other = { label: `$(folder-opened) ${vscode.l10n.t('Other File…')}`, uri: undefined };
  const picked = await vscode.window.showQuickPick([...found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })), other], { placeHolder: vscode.l10n.t('Log to show in the dashboard') });
  if (picked !== other) return picked?.uri;
  return (await vscode.window.showOpenDialog({ canSelectMany: false }))?.[0];
}

export function registerViews(context: vscode.ExtensionContext, window: Context, pages: Pages): vscode.Disposable {
  const { server, sessions } = window;
  // The log that a person chose; undefined: that of the session.
  let chosen: string | undefined = context.workspaceState.get<string>('ansor.dashboardLog');
  const params = (): { readonly uri?: string } => (chosen === undefined ? {} : { uri: chosen });
  const dashboard = registerPageView(pages, 'ansor.dashboard', 'dashboard', params);
  const tasks = new TasksTree(() => server.page('dashboard', params()));
  const devices = new DevicesTree(createEngine(context));
  const outputs = new OutputTexts();
  const choose = (uri: string | undefined): void => {
    chosen = uri;
    void context.workspaceState.update('ansor.dashboardLog', uri);
    dashboard.send({ kind: 'params', params: params() });
    tasks.refresh();
  };
  let timer: NodeJS.Timeout | undefined;
  const commands: Readonly<Record<string, (argument: unknown) => unknown>> = {
    'ansor.pauseTuning': (id) => setPaused(window, id, true),
    'ansor.resumeTuning': (id) => setPaused(window, id, false),
    'ansor.changeBudget': (id) => changeBudget(window, id),
    'ansor.showOutput': (argument) => outputs.show(argument),
    'ansor.reproduceRecord': (record) => reproduceRecord(server, record),
    'ansor.openLogInDashboard': async (argument) => {
      const uri = await chooseLog(argument);
      if (uri === undefined) return;
      choose(uri.toString());
      await vscode.commands.executeCommand('ansor.dashboard.focus');
    },
    'ansor.openRecordTable': async (argument) => {
      const uri = uriOf(argument) ?? vscode.window.activeTextEditor?.document.uri ?? (await chooseLog(undefined));
      if (uri !== undefined) await vscode.commands.executeCommand('vscode.openWith', uri, RECORD_TABLE);
    },
    'ansor.refreshDevices': () => devices.refresh(),
  };
  return vscode.Disposable.from(
    dashboard, tasks, devices, outputs, watchLargeLogs(),
    vscode.window.registerTreeDataProvider('ansor.tasks', tasks), vscode.window.registerTreeDataProvider('ansor.devices', devices),
    registerPageEditor(pages, RECORD_TABLE, 'record-table'), registerPageEditor(pages, 'ansor.model', 'model', (uri) => ({ log: logPlace(uri) })),
    sessions.onDidChange((state) => {
      // Whoever starts a session wants to see it.
      if (chosen !== undefined && isRunning(state) && state.trials === 0 && state.phase === 'starting') choose(undefined);
      timer ??= setTimeout(() => {
        timer = undefined;
        tasks.refresh();
      }, REFRESH_MS);
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => devices.refresh()),
    { dispose: () => clearTimeout(timer) },
    ...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run)),
  );
}
