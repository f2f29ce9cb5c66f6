/** The language server's program in a web worker. */
import { BrowserMessageReader, BrowserMessageWriter, createConnection } from 'vscode-languageserver/browser';
import { serveWeb } from './lsp/serve-web.js';

/** The worker's own scope, which its creator talks to. */
declare const self: ConstructorParameters<typeof BrowserMessageReader>[0];

serveWeb(createConnection(new BrowserMessageReader(self), new BrowserMessageWriter(self)));
