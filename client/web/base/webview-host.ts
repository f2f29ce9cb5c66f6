/** The host of a page in a webview: messages to and from its panel (client/src/pages). */
import type { PageEvent, PageHost, PageSetup, PageToPanel, PanelToPage } from '../../../server/src/protocol/page.js';
import { themeOfBody, watchTheme } from './theme.js';

export interface WebviewApi {
  postMessage(message: PageToPanel): void;
  getState(): unknown;
  setState(state: unknown): void;
}

interface Waiting { readonly resolve: (result: never) => void; readonly reject: (error: Error) => void }

/** The panel's own part of what the webview keeps: what the page shows, from which it is made anew after a restart. */
interface Kept { readonly page: string; readonly params: unknown; readonly state: unknown }

function kept(value: unknown): Partial<Kept> {
  return typeof value === 'object' && value !== null ? value : {};
}

export function webviewHost(api: WebviewApi, setup: PageSetup): PageHost {
  const waiting = new Map<number, Waiting>();
  const listeners = new Set<(event: PageEvent) => void>();
  let last = 0;
  let params = setup.params;
  let state = kept(api.getState()).state;
  const keep = (): void => api.setState({ page: setup.page, params, state } satisfies Kept);
  const tell = (event: PageEvent): void => {
    if (event.kind === 'params') {
      ({ params } = event);
      keep();
    }
    for (const listener of listeners) listener(event);
  };
  addEventListener('message', ({ data }: MessageEvent<PanelToPage>) => {
    if (data.kind === 'event') return tell(data.event);
    const one = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.kind === 'answer') one?.resolve(data.result as never);
    else one?.reject(new Error(data.message));
  });
  watchTheme((theme) => tell({ kind: 'theme', theme }));
  keep();
  api.postMessage({ kind: 'ready' });
  return {
    window: 'editor',
    get params() {
      return params;
    },
    request: (name, asked) => new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      api.postMessage({ kind: 'request', id: last, name, params: asked });
    }),
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getState: () => state,
    setState: (next) => {
      state = next;
      keep();
    },
    theme: themeOfBody,
  };
}
