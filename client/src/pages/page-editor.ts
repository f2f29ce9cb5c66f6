/** A page as a readonly custom editor: `registerPageEditor(pages, 'ansor.recordTable', 'record-table')`; its parameters are `{uri}` and what `more` adds. */
import * as vscode from 'vscode';
import type { PageName } from '../../../server/src/protocol/page.js';
import { connectWebview, type Pages } from './page-host.js';

export function registerPageEditor(pages: Pages, viewType: string, page: PageName, more: (uri: vscode.Uri) => object = () => ({})): vscode.Disposable {
  return vscode.window.registerCustomEditorProvider(viewType, {
    openCustomDocument: (uri): vscode.CustomDocument => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: (document, panel) => {
      const connected = connectWebview(pages, panel, page, { uri: document.uri.toString(), ...more(document.uri) }, () => panel.visible);
      panel.onDidDispose(() => connected.dispose());
    },
  }, { supportsMultipleEditorsPerDocument: true });
}
