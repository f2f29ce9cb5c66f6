/** Makes a webview a page's host: its document, its requests, the events that concern it. */
import * as vscode from 'vscode';
import { pageHtml } from '../../../server/src/protocol/page-html.js';
import { WINDOW_REQUESTS, type PageEvent, type PageName, type PageToPanel, type PanelToPage, type WindowRequests } from '../../../server/src/protocol/page.js';
import type { Server } from '../server.js';
import type { OwnSelections } from './own-selections.js';
import { windowRequests } from './window-requests.js';

/** What all pages share. */
export interface Pages {
  readonly extensionUri: vscode.Uri;
  readonly server: Pick<Server, 'page' | 'onPageEvent' | 'start'>;
  /** What pages selected in texts. */
  readonly own: OwnSelections;
  open(page: PageName, params: unknown): void;
}

export interface PageView {
  readonly webview: vscode.Webview;
  title?: string | undefined;
  readonly visible: boolean;
}

export interface ConnectedPage extends vscode.Disposable {
  send(event: PageEvent): void;
}

const RESOURCES = 'dist/web';

function nonce(): string {
  return [...crypto.getRandomValues(new Uint8Array(18))].map((b) => b.toString(16).padStart(2, '0')).join('');
}

/** `wanted`: events that the page shall get; those of a hidden page are held back, it asks for a fresh view when it is shown. */
export function connectWebview(pages: Pages, view: PageView, page: PageName, params: unknown, wanted: (event: PageEvent) => boolean = () => true): ConnectedPage {
  const { webview } = view;
  const folder = vscode.Uri.joinPath(pages.extensionUri, ...RESOURCES.split('/'));
  webview.options = { enableScripts: true, localResourceRoots: [folder] };
  const post = (message: PanelToPage): void => void webview.postMessage(message);
  const answers = windowRequests(pages, view);
  const isWindow = (name: string): name is keyof WindowRequests => WINDOW_REQUESTS.some((one) => one === name);
  // Before the page listens, messages would be lost. That of a hidden view is gone: made again, it says once more that it listens, and asks anew for all but what
  // it shall show.
  let ready = false;
  // The window may say later than the page itself that the page is there: only what was seen is gone when it is hidden.
  let seen = false;
  const early: PageEvent[] = [];
  const send = (event: PageEvent): void => {
    if (seen && !view.visible) ready = false;
    seen = view.visible;
    if (ready) post({ kind: 'event', event });
    else if (view.visible || event.kind === 'params') early.push(event);
  };
  const answer = async (name: string, asked: unknown): Promise<unknown> => (isWindow(name) ? answers[name](asked) : pages.server.page(name, asked));
  const listening = webview.onDidReceiveMessage((message: PageToPanel) => {
    if (message.kind === 'ready') {
      ready = true;
      seen = view.visible;
      for (const event of early.splice(0)) post({ kind: 'event', event });
      return;
    }
    const { id, name, params: asked } = message;
    answer(name, asked).then((result) => post({ kind: 'answer', id, result }), (error: unknown) => post({ kind: 'problem', id, message: error instanceof Error ? error.message : String(error) }));
  });
  const events = pages.server.onPageEvent((event) => {
    if (wanted(event)) send(event);
  });
  webview.html = pageHtml({
    page, params, title: view.title ?? 'Ansor', language: vscode.env.language, l10n: vscode.l10n.bundle ?? {}, nonce: nonce(), cspSource: webview.cspSource,
    base: `${webview.asWebviewUri(folder).toString()}/`,
  });
  return {
    send,
    dispose: () => {
      listening.dispose();
      events.dispose();
    },
  };
}
