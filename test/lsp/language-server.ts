/** The real language server over standard input and output, as an editor drives it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter, type Diagnostic, type MessageConnection, type TextEdit } from 'vscode-languageserver/node';
import { serverProgram } from '../harness/program.js';

const WAIT_MS = 60_000;

export interface LanguageServer {
  readonly connection: MessageConnection;
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** Requests of the server to refresh what it showed. */
  readonly refreshed: string[];
  open(uri: string, languageId: string, text: string): Promise<void>;
  /** Changes a range, or everything. */
  change(uri: string, version: number, text: string, range?: TextEdit['range']): Promise<void>;
  /** A request about a document. */
  ask<R>(method: string, uri: string, more?: object): Promise<R>;
  /** The next ones that are sent, or the last if they were sent since the last change. */
  diagnostics(uri: string): Promise<readonly Diagnostic[]>;
  /** Answers the server's question for settings from now on, and tells it to ask. */
  configure(settings: object): Promise<void>;
  /** Resident memory in MiB, now and at most; undefined where the system does not tell. */
  memory(): { readonly now: number; readonly most: number } | undefined;
  /** Milliseconds of processor time that the server has taken, in steps of 10; undefined where the system does not tell. */
  cpu(): number | undefined;
  stop(): void;
}

/** `bundle`: of the server; by default the one that the test command has made, or its sources. */
export async function startLanguageServer(bundle?: string, settings: object = {}): Promise<LanguageServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ansor-lsp-'));
  const { file, env } = bundle === undefined ? serverProgram() : { file: bundle, env: {} };
  const child = spawn(process.execPath, [file, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env, XDG_RUNTIME_DIR: folder } });
  const stop = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', stop);
  const reader = new StreamMessageReader(child.stdout);
  // A killed server may leave half a message; reminders of the rest would keep this process alive for ever.
  reader.partialMessageTimeout = 0;
  const connection = createMessageConnection(reader, new StreamMessageWriter(child.stdin));
  const found = new Map<string, readonly Diagnostic[]>();
  const refreshed: string[] = [];
  let answer = settings;
  connection.onNotification('textDocument/publishDiagnostics', (p: { uri: string; diagnostics: Diagnostic[] }) => void found.set(p.uri, p.diagnostics));
  connection.onRequest('workspace/configuration', (p: { items: readonly object[] }) => p.items.map(() => answer));
  connection.onRequest('client/registerCapability', () => null);
  for (const what of ['inlayHint', 'codeLens']) connection.onRequest(`workspace/${what}/refresh`, () => (refreshed.push(what), null));
  connection.listen();
  const initialized: { capabilities: Readonly<Record<string, unknown>> } = await connection.sendRequest('initialize', {
    processId: process.pid, rootUri: null, initializationOptions: { sessionDir: path.join(folder, 'sessions'), cacheDir: path.join(folder, 'cache'), program: '', trusted: false },
    capabilities: { workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true }, inlayHint: { refreshSupport: true }, codeLens: { refreshSupport: true } } },
  });
  await connection.sendNotification('initialized', {});
  return {
    connection, refreshed, capabilities: initialized.capabilities,
    open: (uri, languageId, text) => connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text } }),
    change: (uri, version, text, range) => {
      found.delete(uri);
      return connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [range === undefined ? { text } : { text, range }] });
    },
    ask: (method, uri, more = {}) => connection.sendRequest(`textDocument/${method}`, { textDocument: { uri }, ...more }),
    diagnostics: (uri) => until(`diagnostics of ${uri}`, () => found.get(uri)),
    configure: async (next) => {
      answer = next;
      refreshed.length = 0;
      await connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
      await until('the new settings to be used', () => (refreshed.includes('codeLens') ? true : undefined));
    },
    memory: () => {
      const file = `/proc/${child.pid}/status`;
      if (!existsSync(file)) return undefined;
      const status = readFileSync(file, 'utf8');
      const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? NaN);
      return { now: kib('VmRSS') / 1024, most: kib('VmHWM') / 1024 };
    },
    cpu: () => {
      const file = `/proc/${child.pid}/stat`;
      if (!existsSync(file)) return undefined;
      const fields = readFileSync(file, 'utf8').replace(/^.*\) /, '').split(' ');
      return 10 * (Number(fields[11]) + Number(fields[12]));
    },
    stop,
  };
}

export async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  for (const end = Date.now() + WAIT_MS; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 10))) {
    const found = look();
    if (found !== undefined) return found;
  }
  throw new Error(`timed out: ${what}`);
}
