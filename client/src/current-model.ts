/** Finds the model that a command is about. */
import * as vscode from 'vscode';

const MODEL = /\.(onnx|tc)$/i;
const MOST_FILES = 1000;

function activeResource(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) return input.uri;
  return undefined;
}

/** The file of the menu, else the one in the active tab, else one picked among the workspace's; `undefined`: nobody picked. */
export async function currentModel(chosen: unknown): Promise<vscode.Uri | 'none' | undefined> {
  if (chosen instanceof vscode.Uri) return chosen;
  // Lenses of the language server name it by its text.
  if (typeof chosen === 'string') return vscode.Uri.parse(chosen, true);
  const active = activeResource();
  if (active !== undefined && MODEL.test(active.path)) return active;
  const files = await vscode.workspace.findFiles('**/*.{onnx,tc}', '**/node_modules/**', MOST_FILES);
  const items = files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })).toSorted((a, b) => a.label.localeCompare(b.label));
  if (items.length === 0) return 'none';
  const picked = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Model or tensor expression to tune') });
  return picked?.uri;
}
