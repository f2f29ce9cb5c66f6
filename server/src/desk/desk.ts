/**
 * Answers what pages ask (protocol/page.ts): one file per request reads what is needed and hands it to `ide/`, which makes the view. The
 * language server and `ansor serve` share it.
 */
import type { DeskRequests, PageEvent } from '../protocol/page.js';
import type { PrintContext } from '../schedule/steps/definition.js';
import { DeskError } from './desk-error.js';
import { LogReader } from './log/log-reader.js';
import type { Json } from './params.js';
import { REQUESTS } from './requests.js';

/** Where a desk works: in an editor, or behind a browser. */
export interface DeskPlace {
  readonly words: PrintContext;
  /** A document that is open in an editor, which may differ from its file; undefined: look at the disk. */
  openDocument(uri: string): OpenLogText | undefined;
  /** To all pages. */
  emit(event: PageEvent): void;
}

/** Lines count from 0; without line breaks. */
export interface OpenLogText { readonly edition: number; readonly count: number; line(index: number): string }

/** What the file of a request gets. */
export interface DeskContext extends DeskPlace { readonly logs: LogReader }

export type DeskRequestName = keyof DeskRequests;
export type Answers = { readonly [N in DeskRequestName]: (params: Json, context: DeskContext) => Promise<DeskRequests[N]['result']> };

export interface Desk {
  /** `params` are checked. @throws DeskError with a sentence for people */
  answer(name: string, params: unknown): Promise<unknown>;
  close(): void;
}

export function isDeskRequest(name: string): name is DeskRequestName {
  return Object.hasOwn(REQUESTS, name);
}

export function openDesk(place: DeskPlace): Desk {
  const logs = new LogReader((uri) => place.openDocument(uri), (uri) => place.emit({ kind: 'changed', uri }));
  const context: DeskContext = { words: place.words, openDocument: (uri) => place.openDocument(uri), emit: (event) => place.emit(event), logs };
  return {
    answer: async (name, params) => {
      if (!isDeskRequest(name)) throw new DeskError(`no page asks for ${JSON.stringify(name)}`);
      return REQUESTS[name](params, context);
    },
    close: () => logs.close(),
  };
}
