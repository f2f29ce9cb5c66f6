/** Where the log of a model lies: beside it, or where the setting says. */
import path from 'node:path';
import type * as vscode from 'vscode';
import { tuningSettings } from '../config.js';

export function logPlace(model: vscode.Uri): string {
  const { logDirectory } = tuningSettings(model);
  const name = path.basename(model.fsPath).replace(/\.(onnx|tc)$/i, '');
  return path.join(logDirectory ?? path.dirname(model.fsPath), `${name}.ansor.jsonl`);
}
