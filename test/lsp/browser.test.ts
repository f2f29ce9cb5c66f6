/** The language features can run in a web worker: they are bundled for a browser without anything of node. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const languages = fileURLToPath(new URL('../../server/src/lsp/languages.ts', import.meta.url));

test('the features of both languages need no node module', async (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ansor-browser-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const entry = path.join(folder, 'entry.ts');
  writeFileSync(entry, `export { registerLanguages } from ${JSON.stringify(languages)};\n`);
  const { metafile, errors } = await build({ entryPoints: [entry], bundle: true, platform: 'browser', format: 'esm', target: 'es2022', write: false, metafile: true, logLevel: 'silent' });
  assert.deepEqual(errors, []);
  const inputs = Object.keys(metafile.inputs);
  assert.ok(inputs.some((name) => name.endsWith('ide/hover-log.ts')) && inputs.some((name) => name.includes('vscode-languageserver/lib/common')));
  assert.deepEqual(inputs.filter((name) => /lib\/node\/|^node:/.test(name)), []);
});
