/** The extension in a browser: what reads. Logs and `.tc` files are explained by a server in a web worker, models get a page; nothing is built, run or written. */
import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/browser';
import { LOG_LANGUAGE, TC_LANGUAGE } from '../../server/src/protocol/document-kind.js';
import { EDITOR_COMMANDS } from '../../server/src/protocol/editor-commands.js';
import { LSP, type ModelSummary } from '../../server/src/protocol/lsp.js';
import { revealRecord } from './commands/reveal-record.js';
import { watchDocuments } from './log-language.js';
import { notifyProblem } from './notify.js';
import { modelPage } from './web/model-page.js';

/** The browser's: the types of a node program do not have it. */
declare const Worker: new (url: string, options: { readonly name: string }) => ConstructorParameters<typeof LanguageClient>[2];

/** Commands that need a machine, or pages that one fills. */
const ELSEWHERE = ['ansor.tuneCurrentModel', 'ansor.tuneSample', 'ansor.compareSample', 'ansor.checkSetup', 'ansor.remeasureBest', 'ansor.reattach', 'ansor.clearCache', 'ansor.showLoopTree', 'ansor.compareRecords', 'ansor.openRecordTable'];
const LARGEST_MODEL_BYTES = 64 * 1024 * 1024;

let stop: (() => Promise<void>) | undefined;

export function activate(context: vscode.ExtensionContext): void {
  let client: Promise<LanguageClient> | undefined;
  const launch = async (): Promise<LanguageClient> => {
    const worker = new Worker(vscode.Uri.joinPath(context.extensionUri, 'dist', 'server.web.js').toString(true), { name: 'ansor' });
    const created = new LanguageClient('ansor', 'Ansor', worker, {
      documentSelector: [{ language: LOG_LANGUAGE }, { language: TC_LANGUAGE }],
      // The one command that links in hovers run here.
      markdown: { isTrusted: { enabledCommands: [EDITOR_COMMANDS.revealRecord] } },
      synchronize: { configurationSection: 'ansor' },
      initializationOptions: { ...(vscode.l10n.bundle !== undefined && { l10n: vscode.l10n.bundle }) },
    });
    await created.start();
    stop = () => created.stop();
    return created;
  };
  const server = (): Promise<LanguageClient> => (client ??= launch());
  const summary = async (uri: vscode.Uri): Promise<ModelSummary> => {
    const name = uri.path.split('/').at(-1) ?? '';
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > LARGEST_MODEL_BYTES) return { file: name, bytes: size, inputs: [], outputs: [], nodes: 0, operators: [], problem: vscode.l10n.t('This file is too large to be read in a browser.') };
    const bytes = await vscode.workspace.fs.readFile(uri);
    let text = '';
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return (await server()).sendRequest<ModelSummary>(LSP.summarizeModel, { name, base64: btoa(text) });
  };
  context.subscriptions.push(
    watchDocuments(() => void server()),
    vscode.commands.registerCommand('ansor.revealRecord', (argument: unknown) => revealRecord(argument)),
    ...ELSEWHERE.map((id) => vscode.commands.registerCommand(id, () => notifyProblem(vscode.l10n.t('This needs a machine to build and run programs on: open the folder in a desktop or remote window. In a browser, logs and models can be read.')))),
    vscode.window.registerCustomEditorProvider('ansor.model', {
      openCustomDocument: (uri): vscode.CustomDocument => ({ uri, dispose: () => undefined }),
      resolveCustomEditor: async (document, panel) => {
        panel.webview.options = { localResourceRoots: [] };
        panel.webview.html = modelPage(await summary(document.uri), panel.webview.cspSource);
      },
    }),
  );
}

export function deactivate(): Promise<void> | undefined {
  return stop?.();
}
