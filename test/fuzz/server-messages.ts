/** A real language server under requests and notifications that no editor would send: it answers each, and goes on. */
import assert from 'node:assert/strict';
import { createRng } from '../../server/src/base/rng.js';
import { startLanguageServer } from '../lsp/language-server.js';
import { MATMUL } from '../cli/ansor.js';
import { anyJson, mutateText } from './mutate.js';

const METHODS = [
  'hover', 'completion', 'definition', 'references', 'documentSymbol', 'foldingRange', 'codeLens', 'inlayHint', 'codeAction', 'rename', 'prepareRename', 'formatting', 'signatureHelp', 'semanticTokens/full', 'documentHighlight',
].map((m) => `textDocument/${m}`).concat('workspace/executeCommand', 'workspace/symbol', 'ansor/none', 'ansor/replay', 'ansor/sessions', 'ansor/records', 'completionItem/resolve', 'codeLens/resolve', '$/unknown', 'x'.repeat(5000));
const NOTIFICATIONS = ['textDocument/didOpen', 'textDocument/didChange', 'textDocument/didClose', 'textDocument/didSave', 'workspace/didChangeConfiguration', 'workspace/didChangeWatchedFiles', '$/cancelRequest', '$/setTrace', 'x'];
const AT_ONCE = 50;

/** So many messages, or as many as go into `seconds`. */
export async function fuzzServer(messages: number, seed: number, seconds: number): Promise<{ readonly sent: number; readonly answered: number; readonly mostMiB: number | undefined }> {
  const server = await startLanguageServer();
  const rng = createRng(seed);
  const start = performance.now();
  let sent = 0;
  let answered = 0;
  const before = server.memory()?.now ?? 0;
  try {
    await server.open('file:///fuzz.tc', 'ansor-tc', MATMUL);
    while (sent < messages && performance.now() - start < seconds * 1000) {
      const open: Promise<unknown>[] = [];
      for (let i = 0; i < AT_ONCE; i++, sent++) {
        const nearly = { textDocument: { uri: rng.int(3) === 0 ? anyJson(rng) : 'file:///fuzz.tc', version: rng.int(100), languageId: 'ansor-tc', text: mutateText([MATMUL], rng) }, position: { line: rng.int(9) - 1, character: rng.int(40) - 1 }, contentChanges: [{ text: mutateText([MATMUL], rng) }], newName: anyJson(rng), range: anyJson(rng), context: anyJson(rng), options: anyJson(rng) };
        const params = rng.int(2) === 0 ? nearly : asParams(anyJson(rng));
        if (rng.int(4) === 0) await server.connection.sendNotification(NOTIFICATIONS[rng.int(NOTIFICATIONS.length)] ?? 'x', params).catch(() => undefined);
        else open.push(server.connection.sendRequest(METHODS[rng.int(METHODS.length)] ?? 'x', params).then(() => answered++, () => answered++));
      }
      const wanted = open.length;
      const settled = await Promise.race([Promise.all(open).then(() => true), new Promise<false>((r) => setTimeout(() => r(false), 30_000).unref())]);
      assert.ok(settled, `not all of ${wanted} requests were answered within 30 s (after ${sent} messages)`);
    }
    const most = server.memory()?.most;
    assert.ok(most === undefined || most - before < 600, `memory grew by ${((most ?? 0) - before).toFixed(0)} MiB`);
    // It still does its work.
    await server.open('file:///after.tc', 'ansor-tc', 'def f(float(2) A) -> (B) { B(i) = A(i +) }\n');
    assert.ok((await server.diagnostics('file:///after.tc')).length > 0);
    return { sent, answered, mostMiB: most === undefined ? undefined : Math.round(most) };
  } finally {
    server.stop();
  }
}

/** The library sends objects and arrays only. */
function asParams(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : [value];
}
