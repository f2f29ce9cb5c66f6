/** Ansor: Tune Current Model. */
import * as vscode from 'vscode';
import type { TuningProblem } from '../../../server/src/protocol/lsp.js';
import { tuningSettings } from '../config.js';
import { currentModel } from '../current-model.js';
import { notifyProblem, type Action } from '../notify.js';
import { showProgress } from '../progress.js';
import { isRunning } from '../sessions.js';
import { refuseUntrusted } from '../trust.js';
import { confirmStart } from '../views/confirm-start.js';
import { cancelTuning } from './cancel-tuning.js';
import type { Context } from './context.js';

function explain(problem: TuningProblem): void {
  const reattach: Action = { title: vscode.l10n.t('Reattach'), run: () => vscode.commands.executeCommand('ansor.reattach') };
  notifyProblem(vscode.l10n.t('Tuning did not start: {0}', problem.message), ...(problem.code === 'already-running' ? [reattach] : []));
}

export async function tuneCurrentModel(context: Context, chosen: unknown): Promise<void> {
  if (!vscode.workspace.isTrusted) return refuseUntrusted();
  const model = await currentModel(chosen);
  if (model === undefined) return;
  if (model === 'none') return notifyProblem(vscode.l10n.t('Open an .onnx model or a .tc file first: this workspace has none.'));
  if (model.scheme !== 'file') return notifyProblem(vscode.l10n.t('Only files on a disk can be tuned, not {0}.', model.toString(true)));
  await vscode.workspace.textDocuments.find((d) => d.uri.toString() === model.toString() && d.isDirty)?.save();
  const settings = await confirmStart(context.server, tuningSettings(model), model);
  if (settings === undefined) return;
  // Whoever names a folder for logs wants it; where it cannot be made, the start says why.
  if (settings.logDirectory !== undefined) await vscode.workspace.fs.createDirectory(vscode.Uri.file(settings.logDirectory)).then(undefined, () => undefined);
  const { session, problem } = await context.server.startTuning(settings);
  if (problem !== undefined) return explain(problem);
  if (session === undefined) return;
  context.sessions.update(session);
  if (isRunning(session)) showProgress(session, context.sessions, (id) => cancelTuning(context, id));
}
