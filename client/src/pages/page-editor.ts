/** A page as a readonly custom editor: `registerPageEditor(pages, 'ansor.recordTable', 'record-table')`; its parameters are `{uri}`. */
import * as vscode from 'vscode';
import type { PageName } from '../../../server/src/protocol/page.js';
import { connectWebview, type Pages } from './page-host.js';

export function registerPageEditor(pages: Pages, viewType: string, page: PageName): vscode.Disposable {
  return vscode.window.registerCustomEditorProvider(viewType, {
    openCustomDocument: (uri): vscode.CustomDocument => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: (document, panel) => {
      const connected = connectWebview(pages, panel, page, { uri: document.uri.toString() }, () => panel.visible);
      panel.onDidDispose(() => connected.dispose());
    },
  }, { supportsMultipleEditorsPerDocument: true });
}
