import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter, type MessageConnection } from 'vscode-languageserver/node';
import { LSP, type SessionList, type StartTuningParams, type StartTuningResult } from '../../server/src/protocol/lsp.js';
import type { SessionState } from '../../server/src/protocol/session-state.js';
import { serverProgram, testProgram } from '../harness/program.js';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
/** Sessions inherit the variables. */
const program = serverProgram();
const folder = mkdtempSync(path.join(tmpdir(), 'ansor-lsp-'));
const servers: ChildProcess[] = [];
after(() => {
  for (const server of servers) server.kill('SIGKILL');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((n) => n.endsWith('.lock'))) {
    try {
      process.kill((JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as { pid: number }).pid, 'SIGKILL');
    } catch { /* it has ended */ }
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Server {
  readonly connection: MessageConnection;
  readonly states: SessionState[];
  open(uri: string, languageId: string, text: string): Promise<void>;
  change(uri: string, version: number, text: string): Promise<void>;
  hover(uri: string, line: number, character: number): Promise<string>;
  diagnostics(uri: string): Promise<readonly { readonly range: { readonly start: { readonly line: number; readonly character: number } }; readonly message: string }[]>;
  kill(): void;
}

async function start(options: { readonly sessionDir?: string; readonly trusted?: boolean; readonly env?: NodeJS.ProcessEnv; readonly l10n?: Readonly<Record<string, string>> } = {}): Promise<Server> {
  const env = { ...process.env, ...program.env, XDG_RUNTIME_DIR: path.join(folder, 'runtime'), ...options.env };
  const child = spawn(process.execPath, [program.file, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'], env });
  servers.push(child);
  const reader = new StreamMessageReader(child.stdout);
  // A killed server may leave half a message; reminders of the rest would keep this process alive for ever.
  reader.partialMessageTimeout = 0;
  const connection = createMessageConnection(reader, new StreamMessageWriter(child.stdin));
  const states: SessionState[] = [];
  const found = new Map<string, Awaited<ReturnType<Server['diagnostics']>>>();
  connection.onNotification(LSP.sessionChanged, (state: SessionState) => void states.push(state));
  connection.onNotification('textDocument/publishDiagnostics', (p: { uri: string; diagnostics: [] }) => void found.set(p.uri, p.diagnostics));
  connection.listen();
  const initializationOptions = {
    sessionDir: options.sessionDir ?? path.join(folder, 'sessions'), cacheDir: path.join(folder, 'cache'), trusted: options.trusted ?? true, program: testProgram('session/programs/counting-session').file, l10n: options.l10n,
  };
  await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {}, initializationOptions });
  await connection.sendNotification('initialized', {});
  return {
    connection, states,
    open: (uri, languageId, text) => connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text } }),
    change: (uri, version, text) => {
      found.delete(uri);
      return connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] });
    },
    hover: async (uri, line, character) => {
      const hover = await connection.sendRequest<{ contents: { value: string } } | null>('textDocument/hover', { textDocument: { uri }, position: { line, character } });
      return hover?.contents.value ?? '';
    },
    diagnostics: (uri) => until(`diagnostics of ${uri}`, () => found.get(uri)),
    kill: () => void child.kill('SIGKILL'),
  };
}

async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const found = look();
    if (found !== undefined) return found;
  }
  throw new Error(`timed out: ${what}`);
}

const records = readFileSync(here('../e2e/workspace/records.json'), 'utf8');
const damaged = readFileSync(here('../e2e/workspace/damaged.json'), 'utf8');
const LOG = 'file:///w/records.json';

function model(name: string): string {
  const file = path.join(mkdtempSync(path.join(folder, 'model-')), name);
  writeFileSync(file, 'def f(float(2) A) -> (B) { B(i) = A(i) }\n');
  return file;
}

const tune = (server: Server, params: StartTuningParams): Promise<StartTuningResult> => server.connection.sendRequest(LSP.startTuning, params);
const ended = (server: Server): Promise<SessionState> => until('the end', () => server.states.find((s) => s.phase === 'done' || s.phase === 'failed' || s.phase === 'lost'));

test('a hover explains a record, a note and a tensor; other documents are left alone', async () => {
  const server = await start();
  await server.open(LOG, 'ansor-log', records);
  assert.match(await server.hover(LOG, 0, 5), /\n0\. compute C in local memory/);
  assert.match(await server.hover(LOG, 1, 5), /268\.4 MFLOP/);
  assert.equal(await server.hover(LOG, 100, 0), '');
  await server.open('file:///w/a.tc', 'ansor-tc', 'def f(float(2, 3) A) -> (B) {\n  B(i, j) = A(i, j)\n}\n');
  assert.match(await server.hover('file:///w/a.tc', 1, 12), /A: float32\[2, 3\]/);
  await server.open('file:///w/a.json', 'json', records);
  assert.equal(await server.hover('file:///w/a.json', 0, 5), '');
  server.kill();
});

test('sentences come in the language of the editor', async () => {
  const server = await start({ l10n: { 'unroll loops of {stage} automatically up to {steps} steps': 'entrolle {stage}', 'Loops after': 'Schleifen danach' } });
  await server.open(LOG, 'ansor-log', records);
  assert.match(await server.hover(LOG, 0, 5), /Schleifen danach/);
  server.kill();
});

test('damaged lines are marked, also in a log that grows, but not a last line that is half written', async () => {
  const server = await start();
  const uri = 'file:///w/damaged.json';
  await server.open(uri, 'ansor-log', damaged);
  assert.deepEqual((await server.diagnostics(uri)).map((d) => d.range.start.line), [1, 2]);
  await server.change(uri, 2, `${damaged}{"i": [[`);
  assert.deepEqual((await server.diagnostics(uri)).map((d) => d.range.start.line), [1, 2]);
  await server.change(uri, 3, `${damaged}{"i": [[\n`);
  assert.deepEqual((await server.diagnostics(uri)).map((d) => d.range.start.line), [1, 2, 4]);
  await server.open('file:///w/b.tc', 'ansor-tc', 'def f(float(2) A) -> (B) { B(i) = C(i) }\n');
  assert.equal((await server.diagnostics('file:///w/b.tc'))[0]?.range.start.character, 34);
  server.kill();
});

test('a tuning is started, watched and cancelled; asking again attaches to the one that runs', async () => {
  const server = await start({ env: { COUNT_PAUSE: '50' } });
  const file = model('a.tc');
  const { session, problem } = await tune(server, { model: file, trials: 100_000 });
  assert.equal(problem, undefined);
  assert.equal(session?.info.log, path.join(path.dirname(file), 'a.ansor.jsonl'));
  await until('progress', () => server.states.find((s) => s.trials >= 3));
  const again = await tune(server, { model: file, trials: 5 });
  assert.equal(again.session?.info.id, session?.info.id);
  assert.equal(await server.connection.sendRequest(LSP.cancelTuning, { id: session?.info.id }), null);
  const state = await ended(server);
  assert.equal(state.result?.cancelled, true);
  assert.match(JSON.stringify(await server.connection.sendRequest(LSP.cancelTuning, { id: session?.info.id })), /not-found/);
  server.kill();
});

test('a session outlives its server; the next one attaches, and tells once of an end that nobody saw', async () => {
  const sessionDir = path.join(folder, 'outlive');
  const first = await start({ sessionDir, env: { COUNT_PAUSE: '50' } });
  const file = model('b.tc');
  const { session } = await tune(first, { model: file, trials: 100_000 });
  assert.ok(session);
  first.kill();
  const second = await start({ sessionDir });
  const list: SessionList = await second.connection.sendRequest(LSP.attachSessions, {});
  assert.deepEqual(list.running.map((s) => s.info), [session.info]);
  await until('events', () => second.states.find((s) => s.trials > 0));
  second.kill();
  process.kill(session.info.pid, 'SIGTERM');
  await until('its end', () => (existsSync(`${session.info.log}.lock`) ? undefined : true));
  const third = await start({ sessionDir });
  const elsewhere: SessionList = await third.connection.sendRequest(LSP.attachSessions, { within: [path.join(folder, 'other')] });
  assert.deepEqual(elsewhere, { running: [], ended: [] }, 'another window is told nothing');
  const after: SessionList = await third.connection.sendRequest(LSP.attachSessions, {});
  assert.deepEqual([after.running.length, after.ended.map((s) => [s.info.id, s.phase])], [0, [[session.info.id, 'done']]]);
  const later: SessionList = await third.connection.sendRequest(LSP.attachSessions, {});
  assert.deepEqual(later, { running: [], ended: [] });
  third.kill();
});

test('nothing is built or run in an untrusted workspace until it is trusted', async () => {
  const server = await start({ trusted: false, env: { COUNT_PAUSE: '1' } });
  const file = model('c.tc');
  assert.equal((await tune(server, { model: file, trials: 2 })).problem?.code, 'untrusted');
  assert.equal(existsSync(path.join(path.dirname(file), 'c.ansor.jsonl')), false);
  await server.connection.sendNotification(LSP.trustGranted);
  assert.equal((await tune(server, { model: file, trials: 2 })).problem, undefined);
  server.kill();
});

test('a start that fails tells why', async () => {
  const server = await start({ env: { COUNT_FAIL: 'the disk is full', COUNT_PAUSE: '1' } });
  assert.equal((await tune(server, { model: '/no/such/file.onnx' })).problem?.code, 'not-a-model');
  assert.equal((await tune(server, { model: here('server.test.ts') })).problem?.code, 'not-a-model');
  const missing = await tune(server, { model: model('d.tc'), logDirectory: path.join(folder, 'missing') });
  assert.match(missing.problem?.message ?? '', /cannot write beside the log: there is no such folder/);
  const { session } = await tune(server, { model: model('e.tc'), trials: 5 });
  const state = session?.phase === 'failed' ? session : await ended(server);
  assert.equal(state.problem, 'the disk is full');
  server.kill();
});

test('while a session keeps a core busy, a hover in a log of 5000 lines takes less than 100 ms', async (context) => {
  const server = await start({ env: { COUNT_BUSY: '1', COUNT_PAUSE: '20' } });
  const lines = records.split('\n');
  const long = [...lines.slice(0, 2), ...Array.from({ length: 5000 }, (_, k) => lines[2 + (k % 5)] ?? '')].join('\n');
  await server.open(LOG, 'ansor-log', `${long}\n`);
  await server.hover(LOG, 0, 5);
  const { session } = await tune(server, { model: model('f.tc'), trials: 100_000 });
  assert.ok(session);
  await until('its work', () => server.states.find((s) => s.trials > 0));
  const times: number[] = [];
  for (let k = 0; k < 20; k++) {
    const at = performance.now();
    assert.match(await server.hover(LOG, 4990 + k % 5, 60), /Loops after/);
    times.push(performance.now() - at);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  times.sort((a, b) => a - b);
  context.diagnostic(`hover: median ${times[10]?.toFixed(1)} ms, 95 % ${times[18]?.toFixed(1)} ms`);
  // What is asserted is the typical answer: single ones also depend on what else this machine does.
  assert.ok((times[10] ?? Infinity) < 100, `half of them took longer than ${times[10]} ms`);
  server.kill();
});
