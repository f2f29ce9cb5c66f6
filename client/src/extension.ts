/** The extension's entry: wires commands, views and the language server. It holds no scheduler logic. */
import * as vscode from 'vscode';
import { registerAround } from './around.js';
import { cancelTuning } from './commands/cancel-tuning.js';
import type { Context } from './commands/context.js';
import { attachRunning, reattach } from './commands/reattach.js';
import { revealRecord } from './commands/reveal-record.js';
import { showLog } from './commands/show-log.js';
import { tuneCurrentModel } from './commands/tune-current-model.js';
import { watchDocuments } from './log-language.js';
import { registerPages } from './pages/register-pages.js';
import { reportEnd } from './results.js';
import { createServer, sessionDir, type Server } from './server.js';
import { isRunning, Sessions } from './sessions.js';
import { registerViews } from './views/register-views.js';

const COMMANDS: Readonly<Record<string, (context: Context, argument: unknown) => Promise<void>>> = {
  'ansor.tuneCurrentModel': tuneCurrentModel,
  'ansor.cancelTuning': cancelTuning,
  'ansor.reattach': reattach,
  'ansor.showLog': showLog,
  'ansor.revealRecord': (_, argument) => revealRecord(argument),
};

/** What other extensions, and the tests, may use. */
export interface AnsorApi { readonly sessions: Pick<Sessions, 'running' | 'onDidChange'> }

let server: Server | undefined;

async function anySession(context: vscode.ExtensionContext): Promise<boolean> {
  return vscode.workspace.fs.readDirectory(sessionDir(context)).then((found) => found.some(([name]) => name.endsWith('.json')), () => false);
}

export async function activate(extension: vscode.ExtensionContext): Promise<AnsorApi> {
  const sessions = new Sessions();
  const running = createServer(extension, (state) => sessions.update(state));
  server = running;
  const context: Context = { server: running, sessions };
  const pages = registerPages(extension, running);
  extension.subscriptions.push(
    sessions, registerAround(extension, sessions), pages, registerViews(extension, context, pages), watchDocuments(() => running.start()),
    sessions.onDidChange((state) => {
      if (!isRunning(state)) reportEnd(state);
    }),
    ...Object.entries(COMMANDS).map(([id, run]) => vscode.commands.registerCommand(id, (argument: unknown) => run(context, argument))),
  );
  const within = vscode.workspace.workspaceFolders?.map((folder) => folder.uri.fsPath);
  if (await anySession(extension)) await attachRunning(context, within === undefined ? {} : { within });
  return { sessions };
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}
