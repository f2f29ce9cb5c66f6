/**
 * The reading half of the language server for a web worker: logs and `.tc` files are explained, models are summarised; there are no
 * sessions, no compilers and no files here. What a document holds comes from the editor.
 */
import type { Connection, InitializeResult } from 'vscode-languageserver';
import { summarizeOnnx } from '../ide/model-summary.js';
import { LSP, type ModelBytes, type ModelSummary } from '../protocol/lsp.js';
import { registerLanguages } from './languages.js';
import { createTranslate } from '../desk/translate.js';

function textsOf(given: unknown): Readonly<Record<string, string>> {
  const l10n: unknown = typeof given === 'object' && given !== null && 'l10n' in given ? given.l10n : undefined;
  const entries = typeof l10n === 'object' && l10n !== null ? Object.entries(l10n) : [];
  return Object.fromEntries(entries.filter((e): e is [string, string] => typeof e[1] === 'string'));
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

/** Serves `connection` until the editor ends it. */
export function serveWeb(connection: Connection): void {
  connection.onInitialize((params): InitializeResult => {
    const languages = registerLanguages(connection, {
      client: params.capabilities, t: createTranslate(textsOf(params.initializationOptions)),
      // Which machine a browser runs on cannot be told.
      here: () => ({ cpu: undefined, cores: undefined, compiler: undefined }), pages: false,
      pause: () => new Promise((resolve) => setTimeout(resolve, 0)), compilerWanted: () => undefined,
    });
    connection.onRequest(LSP.summarizeModel, ({ name, base64 }: ModelBytes): ModelSummary => summarizeOnnx(name, bytesOf(base64)));
    connection.onInitialized(() => void languages.ready());
    return { capabilities: languages.capabilities, serverInfo: { name: 'ansor' } };
  });
  connection.listen();
}
