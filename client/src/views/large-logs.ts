/** Logs that are too large for the editor's text features open as record table, and say so. */
import * as vscode from 'vscode';
import { notifyResult } from '../notify.js';

/** VS Code hands no text of larger files to extensions. */
const LARGEST_TEXT = 50 * 1024 * 1024;
const LOG_NAME = /\.(ansor\.jsonl|ansor-log)$/i;
export const RECORD_TABLE = 'ansor.recordTable';

export function watchLargeLogs(): vscode.Disposable {
  // Those that a person wants to see as text, and those whose table has told why it is there.
  const asText = new Set<string>();
  const told = new Set<string>();
  const look = async (tab: vscode.Tab): Promise<void> => {
    if (!(tab.input instanceof vscode.TabInputText)) return;
    const { uri } = tab.input;
    const name = uri.toString();
    if (uri.scheme !== 'file' || !LOG_NAME.test(uri.path) || asText.has(name)) return;
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size <= LARGEST_TEXT) return;
    // A double click opens it twice, the second time perhaps when the table is there already: each text is replaced.
    await Promise.resolve(vscode.window.tabGroups.close(tab)).catch(() => false);
    await vscode.commands.executeCommand('vscode.openWith', uri, RECORD_TABLE);
    if (told.has(name)) return;
    told.add(name);
    notifyResult(vscode.l10n.t('{0} has {1} MB: it is shown as a table, since VS Code gives extensions no text of more than 50 MB.', vscode.workspace.asRelativePath(uri), Math.round(size / 2 ** 20)), {
      title: vscode.l10n.t('Open as Text'),
      run: () => {
        asText.add(name);
        return vscode.commands.executeCommand('vscode.openWith', uri, 'default');
      },
    });
  };
  const all = (tabs: readonly vscode.Tab[]): void => {
    for (const tab of tabs) void look(tab).catch(() => undefined);
  };
  all(vscode.window.tabGroups.all.flatMap((group) => group.tabs));
  return vscode.window.tabGroups.onDidChangeTabs(({ opened, changed, closed }) => {
    all([...opened, ...changed]);
    for (const { input } of closed) if (input instanceof vscode.TabInputCustom && input.viewType === RECORD_TABLE) told.delete(input.uri.toString());
  });
}
