/** Shows a record in its log. Arguments come from lenses and hovers, and from whoever runs commands: they are checked. */
import * as vscode from 'vscode';
import type { RecordRef } from '../../../server/src/protocol/editor-commands.js';
import type { Place } from '../pages/own-selections.js';
import { stepPlaces } from '../step-places.js';

/** Undefined: not a reference to a record. */
export function recordRef(argument: unknown): RecordRef | undefined {
  if (typeof argument !== 'object' || argument === null || !('uri' in argument) || !('line' in argument)) return undefined;
  const { uri, line } = argument;
  return typeof uri === 'string' && typeof line === 'number' && Number.isSafeInteger(line) && line > 0 ? { uri, line } : undefined;
}

/** What a page asks for besides the record: a transform step of it (from 0), to leave the focus in the page, to stay out of the page's column. */
interface Reveal { readonly step?: unknown; readonly focus?: unknown; readonly beside?: unknown }

/** `selecting` hears of the place before it is selected. */
export async function revealRecord(argument: unknown, selecting: (place: Place) => void = () => undefined): Promise<void> {
  const ref = recordRef(argument);
  if (ref === undefined) return;
  const { step, focus, beside }: Reveal = typeof argument === 'object' && argument !== null ? argument : {};
  const uri = vscode.Uri.parse(ref.uri, true);
  const document = await vscode.workspace.openTextDocument(uri);
  const place = typeof step === 'number' ? stepPlaces(document.lineAt(Math.min(ref.line, document.lineCount) - 1).text)[step] : undefined;
  const selection = new vscode.Range(ref.line - 1, place?.start ?? 0, ref.line - 1, place?.end ?? 0);
  const column = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString())?.viewColumn ?? (beside === true ? vscode.ViewColumn.One : undefined);
  selecting({ uri: document.uri.toString(), line: selection.start.line, from: selection.start.character, to: selection.end.character });
  const editor = await vscode.window.showTextDocument(document, { selection, preserveFocus: beside === true && focus !== true, ...(column !== undefined && { viewColumn: column }) });
  editor.revealRange(selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
