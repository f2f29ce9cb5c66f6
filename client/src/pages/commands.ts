/** Opens loop trees and schedule diffs: from lenses, hovers and pages with a record, from the palette with the cursor's. */
import * as vscode from 'vscode';
import { LOG_LANGUAGE } from '../../../server/src/protocol/document-kind.js';
import type { RecordPair, RecordRef } from '../../../server/src/protocol/editor-commands.js';
import type { RecordChoices } from '../../../server/src/protocol/record-choices.js';
import { recordRef } from '../commands/reveal-record.js';
import { notifyProblem } from '../notify.js';
import type { Pages } from './page-host.js';

function recordAtCursor(): RecordRef | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId !== LOG_LANGUAGE) return undefined;
  return { uri: editor.document.uri.toString(), line: editor.selection.active.line + 1 };
}

function noLog(): void {
  notifyProblem(vscode.l10n.t('Open a tuning log and put the cursor on a record first.'));
}

export function showLoopTree(pages: Pages, argument: unknown): void {
  const record = recordRef(argument) ?? recordAtCursor();
  if (record === undefined) noLog();
  else pages.open('loop-tree', record);
}

function recordPair(argument: unknown): RecordPair | undefined {
  if (typeof argument !== 'object' || argument === null || !('left' in argument) || !('right' in argument)) return undefined;
  const [left, right] = [recordRef(argument.left), recordRef(argument.right)];
  return left === undefined || right === undefined ? undefined : { left, right };
}

/** Without a pair: asks which record to compare the cursor's with. */
export async function compareRecords(pages: Pages, argument: unknown): Promise<void> {
  const pair = recordPair(argument);
  if (pair !== undefined) return pages.open('schedule-diff', pair);
  const record = recordRef(argument) ?? recordAtCursor();
  if (record === undefined) return noLog();
  try {
    const chosen = await pickPair(record, await pages.server.page('recordChoices', record));
    if (chosen !== undefined) pages.open('schedule-diff', chosen);
  } catch (error) {
    notifyProblem(error instanceof Error ? error.message : String(error));
  }
}

interface PairItem extends vscode.QuickPickItem { readonly pair?: RecordPair }

async function pickPair(record: RecordRef, { uri, task, best, previousBest, records }: RecordChoices): Promise<RecordPair | undefined> {
  const at = (line: number): RecordRef => ({ uri, line });
  const items: PairItem[] = [];
  if (best !== null && best !== record.line) items.push({ label: vscode.l10n.t('Compare with best'), description: vscode.l10n.t('line {0}', best), pair: { left: at(best), right: record } });
  if (best !== null && previousBest !== null) {
    items.push({ label: vscode.l10n.t('Best against previous best'), description: vscode.l10n.t('lines {0} and {1}', previousBest, best), pair: { left: at(previousBest), right: at(best) } });
  }
  items.push({ label: vscode.l10n.t('Records of {0}', task), kind: vscode.QuickPickItemKind.Separator });
  for (const { line, result } of records) if (line !== record.line) items.push({ label: result, description: vscode.l10n.t('line {0}', line), pair: { left: at(line), right: record } });
  const title = vscode.l10n.t('Compare the record at line {0} with …', record.line);
  return (await vscode.window.showQuickPick(items, { title, matchOnDescription: true }))?.pair;
}
