/** The language server as the client sees it: started when it is first needed. */
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { LOG_LANGUAGE, TC_LANGUAGE } from '../../server/src/protocol/document-kind.js';
import { LINKED_COMMANDS } from '../../server/src/protocol/editor-commands.js';
import {
  LSP, type AttachParams, type ServerOptions, type SessionList, type StartTuningParams, type StartTuningResult, type TuningProblem,
} from '../../server/src/protocol/lsp.js';
import type { DeskRequests, PageEvent } from '../../server/src/protocol/page.js';
import type { SessionState } from '../../server/src/protocol/session-state.js';

export interface Server {
  /** Starts it if it does not run yet. */
  start(): Promise<void>;
  startTuning(params: StartTuningParams): Promise<StartTuningResult>;
  cancelTuning(id: string): Promise<TuningProblem | null>;
  attachSessions(params: AttachParams): Promise<SessionList>;
  /** What a page asks of the server. */
  page<N extends keyof DeskRequests>(name: N, params: DeskRequests[N]['params']): Promise<DeskRequests[N]['result']>;
  page(name: string, params: unknown): Promise<unknown>;
  readonly onPageEvent: vscode.Event<PageEvent>;
  stop(): Promise<void>;
}

/** Folder of the sessions that this extension starts. */
export function sessionDir(context: vscode.ExtensionContext): vscode.Uri {
  return vscode.Uri.joinPath(context.globalStorageUri, 'sessions');
}

export function createServer(context: vscode.ExtensionContext, onSession: (state: SessionState) => void): Server {
  const bundle = (name: string): string => vscode.Uri.joinPath(context.extensionUri, 'dist', name).fsPath;
  const options: ServerOptions = {
    sessionDir: sessionDir(context).fsPath, cacheDir: vscode.Uri.joinPath(context.globalStorageUri, 'cache').fsPath, program: bundle('ansor.cjs'), trusted: vscode.workspace.isTrusted,
    ...(vscode.l10n.bundle !== undefined && { l10n: vscode.l10n.bundle }),
  };
  const client = new LanguageClient('ansor', 'Ansor', { module: bundle('server.cjs'), transport: TransportKind.ipc }, {
    documentSelector: [{ language: LOG_LANGUAGE }, { language: TC_LANGUAGE }],
    initializationOptions: options,
    // Links in hovers run these commands and no others, whatever a log's text says.
    markdown: { isTrusted: { enabledCommands: LINKED_COMMANDS } },
  });
  const pageEvents = new vscode.EventEmitter<PageEvent>();
  let started: Promise<void> | undefined;
  const start = (): Promise<void> => (started ??= launch());
  const launch = async (): Promise<void> => {
    await client.start();
    client.onNotification(LSP.sessionChanged, onSession);
    client.onNotification(LSP.pageEvent, (event: PageEvent) => pageEvents.fire(event));
    context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(() => client.sendNotification(LSP.trustGranted)));
  };
  const ask = async <R>(method: string, params?: unknown): Promise<R> => {
    await start();
    return client.sendRequest<R>(method, params);
  };
  return {
    start,
    startTuning: (params) => ask(LSP.startTuning, params),
    cancelTuning: (id) => ask(LSP.cancelTuning, { id }),
    attachSessions: (params) => ask(LSP.attachSessions, params),
    page: (name: string, params: unknown) => ask(LSP.page, { name, params }),
    onPageEvent: pageEvents.event,
    stop: async () => {
      if (started === undefined) return;
      await started;
      await client.stop();
    },
  };
}
