/**
 * The language server: explains tuning logs and `.tc` files, and keeps the editor in touch with tuning sessions. No search and no
 * measurement runs in this process.
 */
import {
  TextDocuments, TextDocumentSyncKind, type Connection, type Hover, type InitializeResult,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { LSP, type AttachParams, type ModelRef, type ServerOptions, type SessionRef, type StartTuningParams } from '../protocol/lsp.js';
import { createResolutionIndex } from '../records/library/resolve.js';
import { diagnose, type CheckedLogs } from './diagnostics.js';
import { hoverAt } from './hover.js';
import { openSessionDesk } from './session-desk.js';
import { modelSummary } from './model-summary.js';
import { createTranslate } from './translate.js';

const DIAGNOSE_AFTER_MS = 300;

function serverOptions(given: unknown): ServerOptions {
  const o: Readonly<Record<string, unknown>> = typeof given === 'object' && given !== null ? Object.fromEntries(Object.entries(given)) : {};
  const { sessionDir, cacheDir, program, trusted, l10n } = o;
  const texts = typeof l10n === 'object' && l10n !== null ? Object.entries(l10n).filter((e): e is [string, string] => typeof e[1] === 'string') : [];
  return {
    sessionDir: typeof sessionDir === 'string' ? sessionDir : '', cacheDir: typeof cacheDir === 'string' ? cacheDir : '', program: typeof program === 'string' ? program : '',
    trusted: trusted === true && typeof sessionDir === 'string' && typeof cacheDir === 'string' && typeof program === 'string', l10n: Object.fromEntries(texts),
  };
}

/** Serves `connection` until the editor ends it. */
export function serve(connection: Connection): void {
  const documents = new TextDocuments(TextDocument);
  const checked: CheckedLogs = new Map();
  const timers = new Map<string, NodeJS.Timeout>();
  const keys = createResolutionIndex();

  connection.onInitialize((params): InitializeResult => {
    const options = serverOptions(params.initializationOptions);
    const t = createTranslate(options.l10n);
    const desk = openSessionDesk(options, t, (state) => void connection.sendNotification(LSP.sessionChanged, state));
    connection.onRequest(LSP.startTuning, (p: StartTuningParams) => desk.start(p));
    connection.onRequest(LSP.cancelTuning, (p: SessionRef) => desk.cancel(p) ?? null);
    connection.onRequest(LSP.attachSessions, (p: AttachParams) => desk.attachAll(p));
    connection.onRequest(LSP.modelSummary, (p: ModelRef) => modelSummary(p));
    connection.onNotification(LSP.trustGranted, () => desk.trust());
    connection.onShutdown(() => desk.close());
    connection.onHover((p): Hover | null => {
      const document = documents.get(p.textDocument.uri);
      return document === undefined ? null : hoverAt(document, p.position, t, keys);
    });
    const diagnoseSoon = (document: TextDocument): void => {
      clearTimeout(timers.get(document.uri));
      timers.set(document.uri, setTimeout(() => {
        timers.delete(document.uri);
        const { version } = document;
        void diagnose(document, checked, () => documents.get(document.uri)?.version !== version).then((found) => {
          if (found !== undefined) void connection.sendDiagnostics({ uri: document.uri, version, diagnostics: [...found] });
        });
      }, DIAGNOSE_AFTER_MS));
    };
    documents.onDidChangeContent(({ document }) => diagnoseSoon(document));
    documents.onDidClose(({ document }) => {
      clearTimeout(timers.get(document.uri));
      timers.delete(document.uri);
      checked.delete(document.uri);
      void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
    });
    return {
      capabilities: { textDocumentSync: TextDocumentSyncKind.Incremental, hoverProvider: true },
      serverInfo: { name: 'ansor' },
    };
  });
  documents.listen(connection);
  connection.listen();
}
