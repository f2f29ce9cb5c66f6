/** A page as a view of the side bar: `registerPageView(pages, 'ansor.dashboard', 'dashboard', () => params)`. */
import * as vscode from 'vscode';
import type { PageEvent, PageName } from '../../../server/src/protocol/page.js';
import { connectWebview, type ConnectedPage, type Pages } from './page-host.js';

export interface RegisteredPageView extends vscode.Disposable {
  /** To the view, if it is shown. */
  send(event: PageEvent): void;
}

/** `params` is asked for each time that the view is made. */
export function registerPageView(pages: Pages, id: string, page: PageName, params: () => unknown): RegisteredPageView {
  let connected: ConnectedPage | undefined;
  const registered = vscode.window.registerWebviewViewProvider(id, {
    resolveWebviewView: (view) => {
      const current = connectWebview(pages, view, page, params(), () => view.visible);
      connected = current;
      view.onDidDispose(() => {
        current.dispose();
        if (connected === current) connected = undefined;
      });
    },
  });
  return { send: (event) => connected?.send(event), dispose: () => registered.dispose() };
}
