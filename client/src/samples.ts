/** The sample that the walkthrough opens, tunes, reads and compares: copied to a place that the user picks. */
import * as vscode from 'vscode';
import { firstAndBest } from './first-and-best.js';
import { notifyProblem } from './notify.js';

const FILES = ['matmul.tc', 'small-cnn.onnx', 'README.md'];
const FIRST = 'matmul.tc';
const LOG = 'matmul.ansor.jsonl';
const FOLDER = 'ansor-samples';
const KNOWN = 'ansor.samples';

interface Place extends vscode.QuickPickItem { readonly place: 'workspace' | 'pick' | 'own'; readonly folder?: vscode.Uri }

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(() => true, () => false);
}

/** Undefined: nobody picked. */
async function pickPlace(context: vscode.ExtensionContext): Promise<vscode.Uri | undefined> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter((f) => f.uri.scheme === 'file');
  const items: Place[] = [
    ...folders.map((f): Place => ({ label: `$(folder) ${vscode.l10n.t('In {0}', f.name)}`, description: FOLDER, place: 'workspace', folder: vscode.Uri.joinPath(f.uri, FOLDER) })),
    { label: `$(archive) ${vscode.l10n.t('In the Extension\'s Own Folder')}`, description: vscode.l10n.t('nothing is added to your files'), place: 'own', folder: vscode.Uri.joinPath(context.globalStorageUri, FOLDER) },
    { label: `$(folder-opened) ${vscode.l10n.t('In Another Folder...')}`, place: 'pick' },
  ];
  const picked = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Where shall the samples be copied to?'), ignoreFocusOut: true });
  if (picked === undefined || picked.folder !== undefined) return picked?.folder;
  const [chosen] = await vscode.window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, openLabel: vscode.l10n.t('Copy Samples Here') }) ?? [];
  return chosen === undefined ? undefined : vscode.Uri.joinPath(chosen, FOLDER);
}

/** Files that are there stay as they are: they may have been edited. */
async function copyTo(context: vscode.ExtensionContext, folder: vscode.Uri): Promise<void> {
  await vscode.workspace.fs.createDirectory(folder);
  for (const name of FILES) {
    const to = vscode.Uri.joinPath(folder, name);
    if (!(await exists(to))) await vscode.workspace.fs.copy(vscode.Uri.joinPath(context.extensionUri, 'samples', name), to);
  }
  await context.globalState.update(KNOWN, folder.toString());
}

export function registerSamples(context: vscode.ExtensionContext): vscode.Disposable {
  /** The folder where the samples were copied to last, if they are still there. */
  const known = async (): Promise<vscode.Uri | undefined> => {
    const text = context.globalState.get<string>(KNOWN);
    const folder = text === undefined ? undefined : vscode.Uri.parse(text, true);
    return folder !== undefined && (await exists(vscode.Uri.joinPath(folder, FIRST))) ? folder : undefined;
  };
  const ensure = async (): Promise<vscode.Uri | undefined> => {
    const folder = (await known()) ?? (await pickPlace(context));
    if (folder !== undefined) await copyTo(context, folder);
    return folder;
  };
  const open = async (): Promise<void> => {
    const folder = await pickPlace(context);
    if (folder === undefined) return;
    await copyTo(context, folder);
    await vscode.window.showTextDocument(vscode.Uri.joinPath(folder, FIRST), { preview: false });
  };
  const tune = async (): Promise<void> => {
    const folder = await ensure();
    if (folder !== undefined) await vscode.commands.executeCommand('ansor.tuneCurrentModel', vscode.Uri.joinPath(folder, FIRST));
  };
  const openLog = async (): Promise<vscode.Uri | undefined> => {
    const folder = await known();
    const log = folder === undefined ? undefined : vscode.Uri.joinPath(folder, LOG);
    if (log === undefined || !(await exists(log))) {
      notifyProblem(vscode.l10n.t('The sample was not tuned yet.'), { title: vscode.l10n.t('Tune Sample'), run: tune });
      return undefined;
    }
    await vscode.window.showTextDocument(log, { preview: false });
    return log;
  };
  const compare = async (): Promise<void> => {
    const log = await openLog();
    if (log === undefined) return;
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(log));
    const pair = firstAndBest(log.toString(), text);
    if (pair === undefined) notifyProblem(vscode.l10n.t('The log needs two programs that work. Tune the sample on.'), { title: vscode.l10n.t('Tune Sample'), run: tune });
    else await vscode.commands.executeCommand('ansor.compareRecords', pair);
  };
  return vscode.Disposable.from(...Object.entries({
    'ansor.openSample': open, 'ansor.tuneSample': tune, 'ansor.openSampleLog': openLog, 'ansor.compareSample': compare,
    'ansor.openWalkthrough': () => vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#ansor.start`, false),
  }).map(([id, run]) => vscode.commands.registerCommand(id, run)));
}
