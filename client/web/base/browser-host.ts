/** The host of a page in a plain browser: requests over HTTP, events over an event stream, both behind the token of `ansor serve`. */
import { WINDOW_REQUESTS, type PageEvent, type PageHost, type PageRequestName, type PageSetup, type WindowRequests } from '../../../server/src/protocol/page.js';
import { fileParts } from './save.js';
import { applyBrowserTheme, themeOfBody, watchTheme } from './theme.js';

type WindowAnswers = { readonly [N in keyof WindowRequests]: (params: WindowRequests[N]['params']) => WindowRequests[N]['result'] | Promise<WindowRequests[N]['result']> };

/** Address of a page; its parameters travel in the query, so that a reload shows the same. */
function address(page: string, params: unknown): string {
  const query = new URLSearchParams({ params: JSON.stringify(params) });
  return `${page}?${query}`;
}

function download(name: string, data: string, encoding: 'base64' | undefined): boolean {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(fileParts(data, encoding)));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return true;
}

const WINDOW: WindowAnswers = {
  // A browser has no text editor: the record table shows the line.
  reveal: ({ uri, line }) => {
    location.href = address('record-table', { uri, line });
    return null;
  },
  save: ({ name, data, encoding }) => download(name, data, encoding),
  copy: async ({ text }) => {
    await navigator.clipboard.writeText(text);
    return null;
  },
  openPage: ({ page, params }) => {
    location.href = address(page, params);
    return null;
  },
  command: () => false,
  title: ({ title }) => {
    document.title = title;
    return null;
  },
};

const isWindowRequest = (name: PageRequestName): name is keyof WindowRequests => WINDOW_REQUESTS.some((one) => one === name);

async function ask(name: string, params: unknown): Promise<unknown> {
  const response = await fetch(`api/${name}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(params ?? null), credentials: 'same-origin' });
  const answer: { readonly result?: unknown; readonly problem?: string } = await response.json();
  if (answer.problem !== undefined) throw new Error(answer.problem);
  return answer.result;
}

export function browserHost(setup: PageSetup): PageHost {
  applyBrowserTheme();
  const listeners = new Set<(event: PageEvent) => void>();
  const tell = (event: PageEvent): void => {
    for (const listener of listeners) listener(event);
  };
  watchTheme((theme) => tell({ kind: 'theme', theme }));
  const events = new EventSource('api/events');
  events.addEventListener('message', ({ data }: MessageEvent<string>) => tell(JSON.parse(data)));
  const place = `ansor ${location.pathname}${location.search}`;
  const host: PageHost = {
    window: 'browser',
    params: setup.params,
    request: async (name, params) => (isWindowRequest(name) ? await WINDOW[name](params as never) : await ask(name, params)) as never,
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getState: () => JSON.parse(sessionStorage.getItem(place) ?? 'null') ?? undefined,
    setState: (state) => sessionStorage.setItem(place, JSON.stringify(state ?? null)),
    theme: themeOfBody,
  };
  return host;
}
