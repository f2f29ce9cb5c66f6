/**
 * The languages `ansor-log` and `ansor-tc` in an editor: all features over one set of open documents. Serves a node process and a web
 * worker alike: what differs comes as a parameter.
 */
import {
  DidChangeConfigurationNotification, TextDocuments, TextDocumentSyncKind, type ClientCapabilities, type Connection, type ServerCapabilities,
} from 'vscode-languageserver';
import type { Here } from '../ide/log/elsewhere.js';
import { createResolutionIndex } from '../records/library/resolve.js';
import { registerCodeActions } from './code-actions.js';
import { registerCompletion } from './completion.js';
import { createDiagnoser } from './diagnostics.js';
import { defaultSettings, editorSettings } from './editor-settings.js';
import { registerFolding } from './folding.js';
import { registerFormatting } from './formatting.js';
import { registerHover } from './hover.js';
import { registerInlayHints } from './inlay-hints.js';
import type { LanguageContext } from './language-context.js';
import { registerLenses } from './lenses.js';
import { registerNavigation } from './navigation.js';
import { OpenDocument } from './open-document.js';
import { registerOutline } from './outline.js';
import { registerRename } from './rename.js';
import { registerSemanticTokens } from './semantic-tokens.js';
import { registerSignatureHelp } from './signature-help.js';
import type { Translate } from '../desk/translate.js';

export interface LanguageHost {
  /** What the editor can do. */
  readonly client: ClientCapabilities;
  readonly t: Translate;
  /** The client shows loop trees and comparisons: lenses and hovers offer them. */
  readonly pages: boolean;
  /** Lets other events be handled: `setImmediate` or the like. */
  pause(): Promise<void>;
  /** The machine, as far as it is known now. */
  here(): Here;
  /** Told when a log was measured with a C compiler, so that this machine's is worth knowing. `path`: the setting. */
  compilerWanted?(path: string): void;
}

export interface Languages {
  readonly capabilities: ServerCapabilities;
  document(uri: string): OpenDocument | undefined;
  /** To be called after `initialized`: asks for the settings. */
  ready(): Promise<void>;
  /** What was said of the machine has changed: shows it anew. */
  hereChanged(): void;
}

const FEATURES = [
  registerHover, registerCodeActions, registerOutline, registerFolding, registerLenses, registerInlayHints, registerNavigation, registerCompletion, registerSignatureHelp, registerRename,
  registerFormatting, registerSemanticTokens,
];

/** Call before `connection.listen()`, or while it initializes. */
export function registerLanguages(connection: Connection, host: LanguageHost): Languages {
  let settings = defaultSettings;
  const documents = new TextDocuments<OpenDocument>({
    create: (uri, languageId, version, text) => new OpenDocument(uri, languageId, version, text, () => host.pause()),
    update: (document, changes, version) => {
      document.change(changes, version);
      return document;
    },
  });
  const context: LanguageContext = {
    connection, document: (uri) => documents.get(uri), settings: () => settings, here: () => host.here(), keys: createResolutionIndex(),
    words: { t: (sentence, values) => host.t(sentence, values) }, pages: host.pages, pause: () => host.pause(),
  };
  const { workspace } = host.client;
  const refreshInlays = (): void => {
    if (workspace?.inlayHint?.refreshSupport === true) void connection.languages.inlayHint.refresh();
  };
  const refresh = (): void => {
    refreshInlays();
    if (workspace?.codeLens?.refreshSupport === true) void connection.sendRequest('workspace/codeLens/refresh');
  };
  const capabilities = FEATURES.reduce<ServerCapabilities>((all, register) => ({ ...all, ...register(context) }), { textDocumentSync: TextDocumentSyncKind.Incremental });

  const diagnoser = createDiagnoser(context, ({ log }) => {
    refreshInlays();
    if (log?.overview?.sessions.some(({ note }) => note.backend === 'c') === true) host.compilerWanted?.(settings.compilerPath);
  });
  documents.onDidChangeContent(({ document }) => diagnoser.soon(document));
  documents.onDidClose(({ document }) => diagnoser.closed(document.uri));
  const readSettings = async (): Promise<void> => {
    if (workspace?.configuration !== true) return;
    settings = editorSettings(await connection.workspace.getConfiguration('ansor'));
    refresh();
  };
  connection.onDidChangeConfiguration(() => void readSettings());
  documents.listen(connection);
  return {
    capabilities,
    document: context.document,
    ready: async () => {
      if (workspace?.didChangeConfiguration?.dynamicRegistration === true) await connection.client.register(DidChangeConfigurationNotification.type, { section: 'ansor' });
      await readSettings();
    },
    hereChanged: () => {
      refreshInlays();
      for (const document of documents.all()) if (document.log !== undefined) diagnoser.soon(document);
    },
  };
}
