/** The settings of a tuning session. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { StartTuningParams } from '../../server/src/protocol/lsp.js';

/** The settings for `model`, with what nobody set left out: `ansor tune` has the defaults. */
export function tuningSettings(model: vscode.Uri): StartTuningParams {
  const settings = vscode.workspace.getConfiguration('ansor', model);
  const number = (name: string): number | undefined => settings.get<number | null>(name) ?? undefined;
  const text = (name: string): string | undefined => settings.get<string>(name)?.trim() || undefined;
  const folder = vscode.workspace.getWorkspaceFolder(model)?.uri.fsPath ?? path.dirname(model.fsPath);
  const logDirectory = text('logDirectory');
  return {
    model: model.fsPath,
    ...(logDirectory !== undefined && { logDirectory: path.resolve(folder, logDirectory) }),
    ...optional('target', text('target')),
    ...optional('trials', number('trials')),
    ...optional('threads', number('threads')),
    ...optional('timeLimitSeconds', number('timeLimit')),
    ...optional('compilerPath', text('compilerPath')),
    ...(settings.get<string>('algorithms') === 'direct' && { algorithms: 'direct' }),
  };
}

/** The folder of logs for the models of a workspace folder: the one that the settings name, or the folder itself. */
export function logFolderOf(folder: vscode.Uri): string {
  return path.resolve(folder.fsPath, vscode.workspace.getConfiguration('ansor', folder).get<string>('logDirectory')?.trim() ?? '');
}

/** Options of the command line for measuring what is in a log. */
export function settingsOfLog(log: vscode.Uri): readonly string[] {
  const { target, threads, compilerPath } = tuningSettings(log);
  const option = (name: string, value: string | number | undefined): readonly string[] => (value === undefined ? [] : [name, String(value)]);
  return [...option('--target', target), ...option('--threads', threads), ...option('--compiler', compilerPath)];
}

function optional<K extends keyof StartTuningParams>(key: K, value: StartTuningParams[K]): Pick<StartTuningParams, K> | Record<string, never> {
  return value === undefined ? {} : ({ [key]: value } as Pick<StartTuningParams, K>);
}
