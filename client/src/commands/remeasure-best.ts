/** Ansor: Re-measure Best. For logs whose bests were measured elsewhere: this machine's times are appended. */
import * as vscode from 'vscode';
import { LOG_LANGUAGE } from '../../../server/src/protocol/document-kind.js';
import { settingsOfLog } from '../config.js';
import type { Engine } from '../engine.js';
import { notifyProblem, notifyResult } from '../notify.js';
import { refuseUntrusted } from '../trust.js';
import { milliseconds } from '../words.js';

/** The log of the menu or the command link, else the one in the active editor. */
function logOf(chosen: unknown): vscode.Uri | undefined {
  if (chosen instanceof vscode.Uri) return chosen;
  if (typeof chosen === 'object' && chosen !== null && 'uri' in chosen && typeof chosen.uri === 'string') return vscode.Uri.parse(chosen.uri, true);
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === LOG_LANGUAGE ? document.uri : undefined;
}

function eventOf(line: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}

export async function remeasureBest(engine: Engine, chosen: unknown): Promise<void> {
  if (!vscode.workspace.isTrusted) return refuseUntrusted();
  const log = logOf(chosen);
  if (log === undefined) return notifyProblem(vscode.l10n.t('Open a tuning log first.'));
  if (log.scheme !== 'file') return notifyProblem(vscode.l10n.t('Only files on a disk can be measured again, not {0}.', log.toString(true)));
  await vscode.workspace.textDocuments.find((d) => d.uri.toString() === log.toString() && d.isDirty)?.save();
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: vscode.l10n.t('Measuring the best programs again') };
  const times: number[] = [];
  const warnings: string[] = [];
  const ran = await vscode.window.withProgress(options, (progress, token) => {
    let planned = 0;
    return engine.run(['log', 'remeasure', log.fsPath, '--json', ...settingsOfLog(log)], {
      token,
      onLine: (line) => {
        const event = eventOf(line);
        if (event['event'] === 'started' && typeof event['planned'] === 'number') planned = event['planned'];
        if (event['event'] === 'warning' && typeof event['message'] === 'string') warnings.push(event['message']);
        if (event['event'] !== 'trial') return;
        if (typeof event['ms'] === 'number') times.push(event['ms']);
        progress.report({ increment: 100 / Math.max(1, planned), message: typeof event['ms'] === 'number' ? milliseconds(event['ms']) : vscode.l10n.t('failed') });
      },
    });
  });
  const last = eventOf(ran.out.trim().split('\n').at(-1) ?? '');
  if (last['event'] !== 'done' || typeof last['trials'] !== 'number') return notifyProblem(vscode.l10n.t('The best programs could not be measured again: {0}', ran.err.trim().split('\n').at(-1)?.replace(/^ansor: /, '') ?? ''));
  if (last['trials'] === 0) return notifyResult(warnings[0] === undefined
    ? vscode.l10n.t('Nothing to measure again: the best of each task was measured on this machine.')
    : vscode.l10n.t('Nothing was measured again: {0}', warnings[0]));
  notifyResult(last['trials'] === 1
    ? (times.length === 1 ? vscode.l10n.t('One program was measured again. Its record is at the end of the log.') : vscode.l10n.t('One program was measured again; it does not work here. Its record is at the end of the log.'))
    : vscode.l10n.t('{0} programs were measured again, {1} of them work here. Their records are at the end of the log.', last['trials'], times.length));
}
