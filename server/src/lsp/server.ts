/**
 * The language server: explains tuning logs and `.tc` files, and keeps the editor in touch with tuning sessions. No search and no
 * measurement runs in this process.
 */
import { LSPErrorCodes, ResponseError, type Connection, type InitializeResult } from 'vscode-languageserver';
import { LSP, type AttachParams, type PageCall, type ServerOptions, type SessionRef, type StartTuningParams } from '../protocol/lsp.js';
import { openDesk } from '../desk/desk.js';
import { registerLanguages } from './languages.js';
import { openSessionDesk } from './session-desk.js';
import { thisMachine, withCompiler } from './this-machine.js';
import { createTranslate } from '../desk/translate.js';

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
  connection.onInitialize((params): InitializeResult => {
    const options = serverOptions(params.initializationOptions);
    const t = createTranslate(options.l10n);
    const desk = openSessionDesk(options, t, (state) => {
      void connection.sendNotification(LSP.sessionChanged, state);
      void connection.sendNotification(LSP.pageEvent, { kind: 'session', state });
    });
    connection.onRequest(LSP.startTuning, (p: StartTuningParams) => desk.start(p));
    connection.onRequest(LSP.cancelTuning, (p: SessionRef) => desk.cancel(p) ?? null);
    connection.onRequest(LSP.attachSessions, (p: AttachParams) => desk.attachAll(p));
    let { trusted } = options;
    connection.onNotification(LSP.trustGranted, () => {
      trusted = true;
      desk.trust();
    });
    const pages = openDesk({
      words: { t: (sentence, values) => t(sentence, values) },
      openDocument: (uri) => languages.document(uri)?.log?.lines,
      emit: (event) => void connection.sendNotification(LSP.pageEvent, event),
      sessions: desk, trusted: () => trusted, storage: options.cacheDir,
    });
    connection.onRequest(LSP.page, ({ name, params: asked }: PageCall) => pages.answer(name, asked).catch((error: unknown) => {
      throw new ResponseError(LSPErrorCodes.RequestFailed, error instanceof Error ? error.message : String(error));
    }));
    connection.onShutdown(() => {
      pages.close();
      return desk.close();
    });
    let here = thisMachine();
    let asked = false;
    const languages = registerLanguages(connection, {
      client: params.capabilities, t, here: () => here, pages: true, pause: () => new Promise((resolve) => setImmediate(resolve)),
      compilerWanted: (path) => {
        if (asked || !trusted) return;
        asked = true;
        void withCompiler(here, path).then((known) => {
          here = known;
          languages.hereChanged();
        });
      },
    });
    connection.onInitialized(() => void languages.ready());
    return { capabilities: languages.capabilities, serverInfo: { name: 'ansor' } };
  });
  connection.listen();
}
