/** The frame of every page: connects, shows what goes wrong, asks for a fresh view when told that something changed. */
import type { PageEvent, PageHost } from '../../../server/src/protocol/page.js';
import './theme.css';
import { h, replace } from './element.js';
import { connect } from './host.js';
import { t } from './setup.js';

/** Runs a page; `start` builds it into `root`. A failure is shown with a way to try again. */
export function runPage(start: (host: PageHost, root: HTMLElement) => Promise<void>): void {
  const host = connect();
  const root = document.getElementById('root') ?? document.body;
  const run = (): void => {
    start(host, root).catch((error: unknown) => showProblem(root, error, run));
  };
  run();
}

export function showProblem(root: HTMLElement, error: unknown, again: () => void): void {
  const message = error instanceof Error ? error.message : String(error);
  replace(root, h('div', { class: 'problem', role: 'alert' }, h('p', {}, message), h('button', { type: 'button', class: 'primary', onclick: again }, t('Try Again'))));
}

/** Events of one kind. */
export function onKind<K extends PageEvent['kind']>(host: PageHost, kind: K, listener: (event: Extract<PageEvent, { kind: K }>) => void): () => void {
  return host.onEvent((event) => {
    if (event.kind === kind) listener(event as Extract<PageEvent, { kind: K }>);
  });
}
