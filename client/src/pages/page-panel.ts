/** Pages as editor panels: one per page and kind of thing shown, made anew after a reload or restart. */
import * as vscode from 'vscode';
import type { PageEvent, PageName } from '../../../server/src/protocol/page.js';
import { connectWebview, type ConnectedPage, type Pages } from './page-host.js';

interface OpenPanel { readonly panel: vscode.WebviewPanel; readonly page: PageName; connected: ConnectedPage; params: unknown }

export interface PanelKind {
  readonly page: PageName;
  readonly title: string;
  readonly icon?: vscode.ThemeIcon;
}

const typeOf = (page: PageName): string => `ansor.page.${page}`;

/** What the page keeps with `setState`: see client/web/base/webview-host.ts. */
function keptParams(state: unknown): unknown {
  return typeof state === 'object' && state !== null && 'params' in state ? state.params : undefined;
}

/** Mutable: the panels that are open. */
export class PagePanels implements vscode.Disposable {
  private readonly open = new Set<OpenPanel>();
  private readonly disposables: vscode.Disposable[] = [];

  /** `shown`: keeps what each page showed last. A window may write a panel down before its page ran and could keep anything itself. */
  constructor(private readonly pages: () => Pages, private readonly kinds: readonly PanelKind[], private readonly shown: Pick<vscode.Memento, 'get' | 'update'>) {
    for (const { page } of kinds) {
      this.disposables.push(vscode.window.registerWebviewPanelSerializer(typeOf(page), {
        deserializeWebviewPanel: (panel, state) => {
          this.adopt(panel, page, keptParams(state) ?? shown.get(typeOf(page)));
          return Promise.resolve();
        },
      }));
    }
  }

  /** Shows `params` in the page's panel, which is made beside the text if there is none. */
  show(page: PageName, params: unknown): void {
    void this.shown.update(typeOf(page), params);
    const known = [...this.open].find((one) => one.page === page);
    if (known !== undefined) {
      known.params = params;
      known.connected.send({ kind: 'params', params });
      known.panel.reveal(undefined, false);
      return;
    }
    const title = this.kinds.find((kind) => kind.page === page)?.title ?? 'Ansor';
    const panel = vscode.window.createWebviewPanel(typeOf(page), title, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: false }, { retainContextWhenHidden: false });
    this.adopt(panel, page, params);
  }

  /** To the panels of a page. */
  send(page: PageName, event: PageEvent): void {
    for (const one of this.open) if (one.page === page && one.panel.visible) one.connected.send(event);
  }

  isOpen(page: PageName): boolean {
    return [...this.open].some((one) => one.page === page && one.panel.visible);
  }

  dispose(): void {
    for (const one of this.open) one.panel.dispose();
    for (const one of this.disposables) one.dispose();
  }

  private adopt(panel: vscode.WebviewPanel, page: PageName, params: unknown): void {
    panel.iconPath = vscode.Uri.joinPath(this.pages().extensionUri, 'media', 'icon.png');
    const entry: OpenPanel = { panel, page, params, connected: connectWebview(this.pages(), panel, page, params, () => panel.visible) };
    this.open.add(entry);
    panel.onDidDispose(() => {
      this.open.delete(entry);
      entry.connected.dispose();
    });
  }
}
