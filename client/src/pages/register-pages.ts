/** All pages of the extension: their panels and commands, and the cursor's place in logs for those that follow it. */
import * as vscode from 'vscode';
import { LOG_LANGUAGE } from '../../../server/src/protocol/document-kind.js';
import type { PageName } from '../../../server/src/protocol/page.js';
import type { Server } from '../server.js';
import { compareRecords, showLoopTree } from './commands.js';
import { stepPlaces } from '../step-places.js';
import { OwnSelections } from './own-selections.js';
import type { Pages } from './page-host.js';
import { PagePanels } from './page-panel.js';

/** The cursor rests this long before pages follow it, in milliseconds. */
const REST = 150;

export function registerPages(context: vscode.ExtensionContext, server: Server): Pages & vscode.Disposable {
  const panels: PagePanels = new PagePanels(() => pages, [
    { page: 'loop-tree', title: vscode.l10n.t('Loop Tree') },
    { page: 'schedule-diff', title: vscode.l10n.t('Schedule Diff') },
    { page: 'dashboard', title: vscode.l10n.t('Dashboard') },
    { page: 'record-table', title: vscode.l10n.t('Records') },
  ], context.workspaceState);
  const own = new OwnSelections();
  const pages: Pages = { extensionUri: context.extensionUri, server, own, open: (page: PageName, params: unknown) => panels.show(page, params) };
  const following = followCursor(own, (uri, line, step) => panels.send('loop-tree', { kind: 'selection', uri, line, ...(step !== undefined && { step }) }));
  const commands = [
    vscode.commands.registerCommand('ansor.showLoopTree', (argument: unknown) => showLoopTree(pages, argument)),
    vscode.commands.registerCommand('ansor.compareRecords', (argument: unknown) => compareRecords(pages, argument)),
  ];
  return { ...pages, dispose: () => vscode.Disposable.from(panels, following, ...commands).dispose() };
}

/** Tells where a person put the cursor of a log and rests: uri, physical line, transform step (from 0). */
function followCursor(own: OwnSelections, tell: (uri: string, line: number, step: number | undefined) => void): vscode.Disposable {
  let timer: NodeJS.Timeout | undefined;
  const listening = vscode.window.onDidChangeTextEditorSelection(({ textEditor: { document }, selections }) => {
    const selection = selections[0];
    if (document.languageId !== LOG_LANGUAGE || selection === undefined) return;
    const { start, end, active: at } = selection;
    clearTimeout(timer);
    if (own.returns({ uri: document.uri.toString(), line: start.line, from: start.character, to: end.character })) return;
    timer = setTimeout(() => tell(document.uri.toString(), at.line + 1, stepAt(document.lineAt(at.line).text, at.character)), REST);
  });
  return { dispose: () => {
    clearTimeout(timer);
    listening.dispose();
  } };
}

function stepAt(line: string, character: number): number | undefined {
  const at = stepPlaces(line).findIndex(({ start, end }) => start <= character && character < end);
  return at < 0 ? undefined : at;
}
