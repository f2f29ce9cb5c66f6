/** Ansor: Check Setup, and Copy Setup Report. The report is a virtual document: it can be read, searched and copied like any other. */
import * as vscode from 'vscode';
import type { SetupReport } from '../../../server/src/protocol/setup-report.js';
import { logFolderOf } from '../config.js';
import type { Engine } from '../engine.js';
import { notifyProblem, notifyResult } from '../notify.js';
import { reportText } from './report-text.js';

const SCHEME = 'ansor-setup';

export function registerSetupCheck(context: vscode.ExtensionContext, engine: Engine): vscode.Disposable {
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${vscode.l10n.t('Ansor: Setup').replaceAll(/[:/\\]/g, '')}.md` });
  const changed = new vscode.EventEmitter<vscode.Uri>();
  let text = vscode.l10n.t('Nothing was checked yet.');

  const check = async (): Promise<void> => {
    const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: vscode.l10n.t('Checking the setup of Ansor') };
    const report = await vscode.window.withProgress(options, (_progress, token) => askEngine(engine, token));
    if (report === undefined) return;
    const version: unknown = Object(context.extension.packageJSON).version;
    text = reportText(report, { extensionVersion: String(version), trusted: vscode.workspace.isTrusted, remote: vscode.env.remoteName });
    changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.languages.setTextDocumentLanguage(document, 'markdown');
    await vscode.window.showTextDocument(document, { preview: false });
  };
  const copy = async (): Promise<void> => {
    await vscode.env.clipboard.writeText(text);
    notifyResult(vscode.l10n.t('The setup report is in the clipboard.'));
  };
  const lenses: vscode.CodeLensProvider = {
    provideCodeLenses: () => [
      new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { title: `$(copy) ${vscode.l10n.t('Copy Report')}`, command: 'ansor.copySetupReport' }),
      new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { title: `$(refresh) ${vscode.l10n.t('Check Again')}`, command: 'ansor.checkSetup' }),
    ],
  };
  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, { onDidChange: changed.event, provideTextDocumentContent: () => text }),
    vscode.languages.registerCodeLensProvider({ scheme: SCHEME }, lenses),
    vscode.commands.registerCommand('ansor.checkSetup', check),
    vscode.commands.registerCommand('ansor.copySetupReport', copy),
  );
}

/** Undefined: cancelled, or it failed and that was told. */
async function askEngine(engine: Engine, token: vscode.CancellationToken): Promise<SetupReport | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const compiler = vscode.workspace.getConfiguration('ansor').get<string>('compilerPath')?.trim() ?? '';
  const logFolder = folder?.scheme === 'file' ? logFolderOf(folder) : engine.storageDir;
  const args = ['devices', '--json', ...(vscode.workspace.isTrusted ? ['--check', ...(compiler === '' ? [] : ['--compiler', compiler])] : ['--no-run']), '--log-dir', logFolder];
  try {
    const { status, out, err } = await engine.run(args, { token });
    if (token.isCancellationRequested) return undefined;
    if (status === 0) return JSON.parse(out) as SetupReport;
    notifyProblem(vscode.l10n.t('The setup could not be checked: {0}', err.trim()));
  } catch (error) {
    notifyProblem(vscode.l10n.t('The setup could not be checked: {0}', error instanceof Error ? error.message : String(error)));
  }
  return undefined;
}
