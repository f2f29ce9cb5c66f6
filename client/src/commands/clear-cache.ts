/** Ansor: Clear Cache. Removes compiled code from the extension's own folder, nothing else. */
import * as vscode from 'vscode';
import type { Engine } from '../engine.js';
import { notifyProblem, notifyResult } from '../notify.js';
import type { Sessions } from '../sessions.js';
import { byteCount } from '../words.js';

async function sizeOf(at: vscode.Uri): Promise<number> {
  const entries = await vscode.workspace.fs.readDirectory(at).then((found) => found, () => []);
  const sizes = await Promise.all(entries.map(async ([name, type]) => {
    const child = vscode.Uri.joinPath(at, name);
    if (type === vscode.FileType.Directory) return sizeOf(child);
    // A link is removed, not what it leads to.
    return type === vscode.FileType.File ? vscode.workspace.fs.stat(child).then((stat) => stat.size, () => 0) : 0;
  }));
  return sizes.reduce((sum, size) => sum + size, 0);
}

export async function clearCache(engine: Engine, sessions: Sessions): Promise<void> {
  if (sessions.running.length > 0) return notifyProblem(vscode.l10n.t('A tuning session is using the cache. Wait for its end, or cancel it first.'));
  const before = await sizeOf(engine.cacheDir);
  try {
    if (before > 0) await vscode.workspace.fs.delete(engine.cacheDir, { recursive: true, useTrash: false });
    notifyResult(before === 0 ? vscode.l10n.t('The cache was empty.') : vscode.l10n.t('{0} freed: compiled programs are made again when they are needed. Logs were not touched.', byteCount(before)));
  } catch (error) {
    notifyProblem(vscode.l10n.t('The cache could not be cleared: {0}', error instanceof Error ? error.message : String(error)));
  }
}
