/** The language server of the web extension, as it is built, in a worker of a real browser: it explains logs and `.tc` files without node and without files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { findChromium } from '../harness/browser.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const executablePath = findChromium();
const skip = executablePath === undefined ? 'chromium is not installed (Debian package chromium)' : false;
const folder = mkdtempSync(path.join(tmpdir(), 'ansor-web-'));
const LOG = readFileSync(path.join(root, 'test/e2e/workspace/records.json'), 'utf8');
const TC = '# a product\ndef mm(float(8, 16) A, float(16, 4) B) -> (C) {\n  C(i, j) +=! A(i, k) * B(k, j)\n  D(i, j) = C(i, j) + missing(i)\n}\n';

/** Runs in the page: a language client of a few lines. */
const CLIENT = `
  const worker = new Worker('/server.web.js');
  const waiting = new Map(), told = [];
  let id = 0;
  worker.onmessage = ({ data }) => {
    if (data.id !== undefined && data.method === undefined) { waiting.get(data.id)(data); waiting.delete(data.id); }
    else if (data.id !== undefined) worker.postMessage({ jsonrpc: '2.0', id: data.id, result: data.method === 'workspace/configuration' ? data.params.items.map(() => null) : null });
    else told.push(data);
  };
  worker.onerror = (e) => told.push({ method: 'crash', params: e.message });
  window.ask = (method, params) => new Promise((resolve) => { waiting.set(++id, resolve); worker.postMessage({ jsonrpc: '2.0', id, method, params }); });
  window.tell = (method, params) => worker.postMessage({ jsonrpc: '2.0', method, params });
  window.told = told;
`;

let server: Server | undefined;
let browser: Browser | undefined;
let page: Page;

interface Answer { readonly result?: unknown; readonly error?: { readonly message: string } }

async function ask(method: string, params: unknown): Promise<unknown> {
  const answer: Answer = await page.evaluate(`window.ask(${JSON.stringify(method)}, ${JSON.stringify(params)})`);
  assert.equal(answer.error, undefined);
  return answer.result;
}

async function diagnosticsOf(uri: string): Promise<readonly { readonly message: string }[]> {
  await page.waitForFunction(`window.told.some((m) => m.method === 'crash' || (m.method === 'textDocument/publishDiagnostics' && m.params.uri === ${JSON.stringify(uri)}))`, undefined, { timeout: 30_000 });
  return page.evaluate(`window.told.filter((m) => m.method === 'textDocument/publishDiagnostics' && m.params.uri === ${JSON.stringify(uri)}).at(-1).params.diagnostics`);
}

before(async () => {
  if (executablePath === undefined) return;
  const built = spawnSync(process.execPath, [path.join(root, 'tools/build.mjs'), `--into=${folder}`, 'server.web'], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  const listening = createServer((request, response) => {
    const script = request.url === '/server.web.js';
    response.writeHead(200, { 'Content-Type': script ? 'text/javascript' : 'text/html' });
    response.end(script ? readFileSync(path.join(folder, 'server.web.js')) : '<!DOCTYPE html><title>editor</title>');
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  browser = await chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'] });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`);
  await page.evaluate(CLIENT);
  const answer = await ask('initialize', { processId: null, rootUri: null, capabilities: { textDocument: { hover: { contentFormat: ['markdown'] } } }, initializationOptions: { l10n: { 'Loops after': 'Schleifen danach' } } });
  assert.match(JSON.stringify(answer), /hoverProvider/);
  await page.evaluate("window.tell('initialized', {})");
  const open = (uri: string, languageId: string, text: string): Promise<unknown> => page.evaluate(`window.tell('textDocument/didOpen', ${JSON.stringify({ textDocument: { uri, languageId, version: 1, text } })})`);
  await open('vscode-vfs://github/o/r/records.json', 'ansor-log', LOG);
  await open('vscode-vfs://github/o/r/mm.tc', 'ansor-tc', TC);
}, { timeout: 90_000 });

after(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a hover over a record tells its steps, in the language of the editor', { skip, timeout: 60_000 }, async () => {
  const line = LOG.split('\n').findIndex((l) => l.startsWith('{'));
  const text = JSON.stringify(await ask('textDocument/hover', { textDocument: { uri: 'vscode-vfs://github/o/r/records.json' }, position: { line, character: 5 } }));
  assert.match(text, /GFLOP\/s/);
  assert.match(text, /split iterator/);
  assert.match(text, /Schleifen danach/);
});

test('nothing is offered that a browser cannot open: of lenses and links, the best of a task', { skip, timeout: 60_000 }, async () => {
  const textDocument = { uri: 'vscode-vfs://github/o/r/records.json' };
  const lenses = JSON.stringify(await ask('textDocument/codeLens', { textDocument }));
  assert.match(lenses, /ansor\.revealRecord/);
  assert.doesNotMatch(lenses, /ansor\.(showLoopTree|compareRecords)/);
  const lines = LOG.split('\n').flatMap((l, k) => (l.startsWith('{') ? [k] : []));
  const hovers = JSON.stringify(await Promise.all(lines.map((line) => ask('textDocument/hover', { textDocument, position: { line, character: 5 } }))));
  assert.match(hovers, /command:ansor\.revealRecord/);
  assert.doesNotMatch(hovers, /ansor\.(showLoopTree|compareRecords)/);
});

test('a .tc file has its problems, its outline and its hover', { skip, timeout: 60_000 }, async () => {
  const textDocument = { uri: 'vscode-vfs://github/o/r/mm.tc' };
  assert.match((await diagnosticsOf(textDocument.uri)).map((d) => d.message).join('\n'), /missing/);
  assert.match(JSON.stringify(await ask('textDocument/documentSymbol', { textDocument })), /"name":"mm"/);
  assert.match(JSON.stringify(await ask('textDocument/hover', { textDocument, position: { line: 2, character: 2 } })), /8/);
});

test('a log has its outline; a model that the editor reads is summarised', { skip, timeout: 60_000 }, async () => {
  assert.match(JSON.stringify(await ask('textDocument/documentSymbol', { textDocument: { uri: 'vscode-vfs://github/o/r/records.json' } })), /matmul/);
  const base64 = readFileSync(path.join(root, 'samples/small-cnn.onnx')).toString('base64');
  const summary = await ask('ansor/summarizeModel', { name: 'small-cnn.onnx', base64 });
  assert.deepEqual(JSON.parse(JSON.stringify(summary)).operators.find((o: { name: string }) => o.name === 'Conv'), { name: 'Conv', count: 2 });
  assert.deepEqual(await page.evaluate("window.told.filter((m) => m.method === 'crash')"), []);
});
