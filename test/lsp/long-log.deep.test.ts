/** A log of 50,000 records as text: what a person waits for, measured on the bundled server over standard input and output. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { longLog } from '../harness/long-log.js';
import { startLanguageServer } from './language-server.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const RECORDS = 50_000;
const LOG = 'file:///w/long.ansor.jsonl';

test('a log of 50,000 records: first hover, typing, hovers while typing, outline, lenses, memory', async (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ansor-bundle-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const built = spawnSync(process.execPath, ['tools/build.mjs', 'server', `--into=${folder}`], { cwd: root, encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  const text = longLog(RECORDS);
  const lines = text.split('\n').length - 1;
  const server = await startLanguageServer(path.join(folder, 'server.cjs'));
  context.after(() => server.stop());
  const say = (what: string, ms: number, cpu?: number): void => context.diagnostic(`${what}: ${ms.toFixed(0)} ms${cpu === undefined ? '' : `, of the server's processor ${cpu} ms`}`);
  /** The answer, and what it took: the server's processor time where the system tells it, since a clock also counts what else a machine does. */
  const timed = async <R>(what: string, ask: () => Promise<R>): Promise<[R, number]> => {
    const at = performance.now();
    const before = server.cpu();
    const result = await ask();
    const ms = performance.now() - at;
    const cpu = before === undefined ? undefined : (server.cpu() ?? NaN) - before;
    say(what, ms, cpu);
    return [result, cpu ?? ms];
  };
  const hover = async (line: number): Promise<string> => (await server.ask<{ contents: { value: string } } | null>('hover', LOG, { position: { line, character: 300 } }))?.contents.value ?? '';
  context.diagnostic(`${(text.length / 2 ** 20).toFixed(1)} MiB in ${lines} lines`);

  const [first, firstMs] = await timed('first hover, counted from opening', async () => {
    await server.open(LOG, 'ansor-log', text);
    return hover(lines - 2);
  });
  assert.match(first, /Loops after/);
  assert.ok(firstMs < 2000, `the first hover took ${firstMs} ms`);
  const [, secondMs] = await timed('hover while the log is being read', () => hover(lines - 200));
  assert.ok(secondMs < 500);
  const [outline] = await timed('outline, the whole log read', () => server.ask<{ name: string; children: unknown[] }[]>('documentSymbol', LOG));
  assert.ok(outline.length >= 10 && outline.reduce((sum, task) => sum + task.children.length, 0) <= 4000);
  const [lenses] = await timed('lenses', () => server.ask<unknown[]>('codeLens', LOG));
  assert.ok(lenses.length > 100 && lenses.length <= 3000);
  const [found] = await timed('diagnostics', () => server.diagnostics(LOG));
  assert.deepEqual(found.map((d) => d.code), ['measured-elsewhere']);
  const [best] = await timed('go to best', () => server.ask<unknown[]>('definition', LOG, { position: { line: 1000, character: 10 } }));
  assert.equal(best.length, 1);
  const [references] = await timed('references of a task', () => server.ask<unknown[]>('references', LOG, { position: { line: 1000, character: 10 }, context: { includeDeclaration: false } }));
  assert.ok(references.length > 1000);

  // A person types into a comment in the middle of the log; each change is followed by the requests that an editor sends.
  const times: number[] = [];
  const typed = server.cpu();
  const middle = Math.floor(lines / 2);
  await server.change(LOG, 2, '# \n', { start: { line: middle, character: 0 }, end: { line: middle, character: 0 } });
  for (let k = 0; k < 50; k++) {
    const at = performance.now();
    await server.change(LOG, 3 + k, 'x', { start: { line: middle, character: 2 + k }, end: { line: middle, character: 2 + k } });
    await server.ask('inlayHint', LOG, { range: { start: { line: middle - 30, character: 0 }, end: { line: middle + 30, character: 0 } } });
    times.push(performance.now() - at);
  }
  times.sort((a, b) => a - b);
  say('a character and the hints of the screen, median of 50', times[25] ?? NaN);
  say('a character and the hints of the screen, 95 %', times[47] ?? NaN);
  if (typed !== undefined) context.diagnostic(`a character and the hints of the screen, of the server's processor: ${(((server.cpu() ?? NaN) - typed) / 50).toFixed(1)} ms`);
  assert.ok((times[25] ?? Infinity) < 100, `typing waits ${times[25]} ms`);
  const [afterTyping, hoverMs] = await timed('hover right after typing', () => hover(middle + 1));
  assert.ok(afterTyping !== '' && hoverMs < 500);
  const again = await timed('diagnostics after typing', () => server.diagnostics(LOG));
  assert.ok(again[0].length > 0);

  const memory = server.memory();
  if (memory !== undefined) {
    context.diagnostic(`memory: ${memory.now.toFixed(0)} MiB, at most ${memory.most.toFixed(0)} MiB`);
    assert.ok(memory.most < 600, `the server took ${memory.most} MiB`);
  }
});
