/**
 * What pages and their hosts say to each other. A page (client/web/) runs in a webview and in a plain browser alike: it talks only through
 * `PageHost`. Requests of `DeskRequests` are answered by the server (server/src/desk), those of `WindowRequests` by the window that
 * shows the page. Types, and the names that both sides check.
 */
import type { ControlParams, DashboardParams, FailureText, ReproducedView, TuneEstimate } from './dashboard-requests.js';
import type { DashboardView } from './dashboard-view.js';
import type { ModelView } from './model-view.js';
import type { ExportAnswer, ExportRequest, LinesAnswer, LinesRequest, RowsAnswer, RowsRequest } from './record-table-view.js';
import type { LoopTreeParams, LoopTreeView } from './loop-tree-view.js';
import type { RecordRef } from './editor-commands.js';
import type { RecordChoices } from './record-choices.js';
import type { ScheduleDiffParams, ScheduleDiffView } from './schedule-diff-view.js';
import type { SessionState } from './session-state.js';

/** Each page is a folder of client/web and a script `dist/web/NAME.js`. */
export const PAGES = ['loop-tree', 'schedule-diff', 'dashboard', 'record-table', 'model'] as const;
export type PageName = (typeof PAGES)[number];

/** Name of a request to its parameters and its answer. A request that fails is rejected with a sentence for people. */
export interface DeskRequests {
  readonly loopTree: { readonly params: LoopTreeParams; readonly result: LoopTreeView };
  readonly recordChoices: { readonly params: RecordRef; readonly result: RecordChoices };
  readonly scheduleDiff: { readonly params: ScheduleDiffParams; readonly result: ScheduleDiffView };
  /** Null: there is no session and no log to show. */
  readonly dashboard: { readonly params: DashboardParams; readonly result: DashboardView | null };
  /** False: that session has ended. */
  readonly sessionControl: { readonly params: ControlParams; readonly result: boolean };
  readonly failureText: { readonly params: RecordRef; readonly result: FailureText };
  readonly reproduce: { readonly params: RecordRef; readonly result: ReproducedView };
  readonly recordRows: { readonly params: RowsRequest; readonly result: RowsAnswer };
  readonly recordLines: { readonly params: LinesRequest; readonly result: LinesAnswer };
  readonly recordExport: { readonly params: ExportRequest; readonly result: ExportAnswer };
  /** `log`: absolute path; default: beside the model. */
  readonly model: { readonly params: { readonly uri: string; readonly log?: string }; readonly result: ModelView };
  readonly tuneEstimate: { readonly params: { readonly uri: string; readonly log?: string; readonly trials?: number; readonly target?: string }; readonly result: TuneEstimate };
}

export interface WindowRequests {
  /** Shows a record's line in the editor, and a transform step of it (from 0). */
  readonly reveal: { readonly params: RecordRef & { readonly step?: number; readonly focus?: boolean }; readonly result: null };
  /** Asks where, and saves. `data` is text, or base64 where `encoding` says so. Answers whether it was saved. */
  readonly save: { readonly params: { readonly name: string; readonly data: string; readonly encoding?: 'base64' }; readonly result: boolean };
  readonly copy: { readonly params: { readonly text: string }; readonly result: null };
  readonly openPage: { readonly params: { readonly page: PageName; readonly params: unknown }; readonly result: null };
  /** One of the editor's commands of `PAGE_COMMANDS`; a browser has none and answers false. */
  readonly command: { readonly params: { readonly command: string; readonly argument?: unknown }; readonly result: boolean };
  /** Changes the title of the page's tab. */
  readonly title: { readonly params: { readonly title: string }; readonly result: null };
}

export type PageRequests = DeskRequests & WindowRequests;
export type PageRequestName = keyof PageRequests;
export const WINDOW_REQUESTS: readonly (keyof WindowRequests)[] = ['reveal', 'save', 'copy', 'openPage', 'command', 'title'];

/** Commands that a page may run in the editor. */
export const PAGE_COMMANDS: readonly string[] = [
  'ansor.showLoopTree', 'ansor.compareRecords', 'ansor.revealRecord', 'ansor.tuneCurrentModel', 'ansor.cancelTuning', 'ansor.pauseTuning', 'ansor.resumeTuning', 'ansor.showLog', 'ansor.reattach', 'ansor.openLogInDashboard', 'ansor.showOutput', 'ansor.reproduceRecord',
];

/** What a page is told without asking. Those of the server go to all pages; a page takes what concerns it. */
export type PageEvent =
  /** A session's state, a few times a second at most. */
  | { readonly kind: 'session'; readonly state: SessionState }
  /** A log on a disk, or an open document, has changed. */
  | { readonly kind: 'changed'; readonly uri: string }
  /** From the window: the cursor stands in this line now, in this transform step (from 0) if it is in one. */
  | { readonly kind: 'selection'; readonly uri: string; readonly line: number; readonly step?: number }
  /** From the window: the page shall show something else. */
  | { readonly kind: 'params'; readonly params: unknown }
  /** The theme was changed. */
  | { readonly kind: 'theme'; readonly theme: Theme };

export type Theme = 'dark' | 'light' | 'hc-dark' | 'hc-light';

export interface PageHost {
  request<N extends PageRequestName>(name: N, params: PageRequests[N]['params']): Promise<PageRequests[N]['result']>;
  /** The function that is returned ends it. */
  onEvent(listener: (event: PageEvent) => void): () => void;
  /** What `setState` was given last, also after the page was hidden, reloaded or restored. */
  getState(): unknown;
  setState(state: unknown): void;
  theme(): Theme;
  /** What the page was opened with. */
  readonly params: unknown;
  /** `editor`: commands and text editors are there. */
  readonly window: 'editor' | 'browser';
}

/** Messages between a webview's page and its panel. */
export type PageToPanel =
  | { readonly kind: 'request'; readonly id: number; readonly name: string; readonly params: unknown }
  | { readonly kind: 'ready' };
export type PanelToPage =
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'problem'; readonly id: number; readonly message: string }
  | { readonly kind: 'event'; readonly event: PageEvent };

/** The document that a host makes for a page hands this over, as JSON in `<script type="application/json" id="page">`. */
export interface PageSetup {
  readonly page: PageName;
  readonly params: unknown;
  /** Translated sentences by English text. */
  readonly l10n: Readonly<Record<string, string>>;
  /** Where the page's other files are (lazily loaded parts), with a slash at the end. */
  readonly base: string;
  /** For scripts that are loaded later. */
  readonly nonce: string;
}
