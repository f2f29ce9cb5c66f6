/**
 * Answers what pages ask (protocol/page.ts): one file per request reads what is needed and hands it to `ide/`, which makes the view. The
 * language server and `ansor serve` share it.
 */
import os from 'node:os';
import path from 'node:path';
import type { DeskRequests, PageEvent } from '../protocol/page.js';
import type { PrintContext } from '../schedule/steps/definition.js';
import { NO_SESSIONS, type SessionDoor } from './dashboard/session-door.js';
import { DeskError } from './desk-error.js';
import { LogReader } from './log/log-reader.js';
import type { Json } from './params.js';
import { OpenLogs } from './records/open-logs.js';
import { RecordTableDesk } from './records/record-table.js';
import { REQUESTS } from './requests.js';

/** Where a desk works: in an editor, or behind a browser. */
export interface DeskPlace {
  readonly words: PrintContext;
  /** A document that is open in an editor, which may differ from its file; undefined: look at the disk. */
  openDocument(uri: string): OpenLogText | undefined;
  /** To all pages. */
  emit(event: PageEvent): void;
  /** The tuning sessions that are watched here; default: none. */
  readonly sessions?: SessionDoor;
  /** Whether programs may be written and compilers asked; default: no. */
  trusted?(): boolean;
  /** Folder for what pages write, such as programs to reproduce a record; default: of the temporary folder. */
  readonly storage?: string;
}

/** Lines count from 0; without line breaks. */
export interface OpenLogText { readonly edition: number; readonly count: number; line(index: number): string }

/** What the file of a request gets. */
export interface DeskContext extends Pick<DeskPlace, 'words' | 'openDocument' | 'emit'> {
  readonly logs: LogReader;
  /** Logs of any size, by their numbers only. */
  readonly indexes: OpenLogs;
  readonly table: RecordTableDesk;
  readonly sessions: SessionDoor;
  readonly trusted: () => boolean;
  readonly reproduceDir: string;
}

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
  const indexes = new OpenLogs();
  const context: DeskContext = {
    words: place.words, openDocument: (uri) => place.openDocument(uri), emit: (event) => place.emit(event), logs,
    indexes, table: new RecordTableDesk(indexes, (text, values = {}) => place.words.t(text, values)), sessions: place.sessions ?? NO_SESSIONS, trusted: () => place.trusted?.() === true,
    reproduceDir: path.join(place.storage ?? path.join(os.tmpdir(), `ansor-${os.userInfo().username}`), 'reproduce'),
  };
  return {
    answer: async (name, params) => {
      if (!isDeskRequest(name)) throw new DeskError(`no page asks for ${JSON.stringify(name)}`);
      return REQUESTS[name](params, context);
    },
    close: () => {
      logs.close();
      indexes.close();
    },
  };
}
