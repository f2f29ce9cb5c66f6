/**
 * The only place that shows messages. Nothing waits for a message to be answered; an action that a person picks runs then.
 * Cancellation is never shown.
 */
import * as vscode from 'vscode';

export interface Action { readonly title: string; run(): unknown }

type Show = (message: string, ...titles: string[]) => Thenable<string | undefined>;

function show(by: Show, message: string, actions: readonly Action[]): void {
  void by(message, ...actions.map((action) => action.title)).then((title) => actions.find((action) => action.title === title)?.run());
}

export function notifyResult(message: string, ...actions: readonly Action[]): void {
  show(vscode.window.showInformationMessage, message, actions);
}

export function notifyProblem(message: string, ...actions: readonly Action[]): void {
  show(vscode.window.showErrorMessage, message, actions);
}
