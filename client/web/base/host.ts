/** The page's host: the webview that it runs in, or the server of `ansor serve` behind a browser. Chosen at run time. */
import type { PageHost } from '../../../server/src/protocol/page.js';
import { browserHost } from './browser-host.js';
import { pageSetup } from './setup.js';
import { webviewHost, type WebviewApi } from './webview-host.js';

declare const acquireVsCodeApi: (() => WebviewApi) | undefined;

/** Call once: a webview hands its interface out only once. */
export function connect(): PageHost {
  const setup = pageSetup();
  return typeof acquireVsCodeApi === 'function' ? webviewHost(acquireVsCodeApi(), setup) : browserHost(setup);
}
