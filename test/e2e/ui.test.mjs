// A person's clicks in a real VS Code workbench with the packed extension installed.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openEditor } from '../harness/editor.mjs';

let editor, workbench, folder;

const lockOf = (name) => path.join(folder, `${name}.ansor.jsonl.lock`);
const readLock = (name) => JSON.parse(readFileSync(lockOf(name), 'utf8'));
const records = (name) => {
  const log = path.join(folder, `${name}.ansor.jsonl`);
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter((line) => line.startsWith('{')).length : 0;
};

async function until(what, look, ms = 60_000) {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((r) => setTimeout(r, 100))) {
    const found = look();
    if (found) return found;
  }
  throw new Error(`timed out waiting for ${what}`);
}

before(async () => {
  editor = await openEditor({ files: { 'resnet18.onnx': 'test/fixtures/models/resnet18.onnx' }, settings: { 'ansor.trials': 20_000, 'ansor.target': 'wasm' } });
  ({ workbench, folder } = editor);
}, { timeout: 120_000 });

after(async () => {
  await editor?.shot('last').catch(() => undefined);
  await editor?.close();
});

test('a tuning log named .json gets its language, and a hover tells its transform steps in words', { timeout: 120_000 }, async () => {
  await workbench.openFile('records.json');
  await workbench.languageIs('Ansor Tuning Log');
  const text = await workbench.hover('matmul', 'GFLOP/s');
  assert.match(text, /matmul/);
  assert.match(text, /1\.7 ms · 158 GFLOP\/s/);
  assert.match(text, /split iterator i_c \(512\) of C\.local into/);
  assert.match(text, /Loops after/);
  await editor.shot('hover');
});

test('an ordinary JSON file stays one', { timeout: 120_000 }, async () => {
  await workbench.openFile('ordinary.json');
  await workbench.page.locator('.statusbar-item', { hasText: /^JSON$/ }).first().waitFor();
});

test('an ONNX model opens with a summary of what is in it', { timeout: 120_000 }, async () => {
  await workbench.openFile('resnet18.onnx');
  const frame = await workbench.webview('.facts');
  const text = await frame.locator('body').innerText();
  assert.match(text, /Conv\s+20/);
  assert.match(text, /float32\[1, 3, 224, 224\]/);
  await editor.shot('model');
});

test('Tune Current Model shows progress; a reload reattaches; cancel ends the session and keeps its trials', { timeout: 300_000 }, async () => {
  await workbench.openFile('small.tc');
  await workbench.command('Ansor: Tune Current Model');
  await workbench.toast('Tuning small.tc').waitFor();
  await workbench.statusItem(/Ansor \d+\/20000/).waitFor();
  const { pid } = await until('the lock', () => existsSync(lockOf('small')) && readLock('small'));
  await until('the first records', () => records('small') >= 2, 120_000);
  await editor.shot('tuning');

  await workbench.reload();
  await workbench.statusItem(/Ansor [1-9]\d*\/20000/).waitFor();
  assert.equal(readLock('small').pid, pid, 'the same process goes on');
  const before = records('small');

  // While the session runs, a hover is answered as ever.
  await workbench.openFile('records.json');
  assert.match(await workbench.hover('matmul', 'GFLOP/s'), /split iterator/);

  await workbench.command('Ansor: Cancel Tuning');
  await workbench.toast('small.tc was stopped').waitFor();
  await workbench.statusItem(/Ansor \d+\/20000/).waitFor({ state: 'detached' });
  await until('the lock to go', () => !existsSync(lockOf('small')));
  assert.ok(records('small') >= before, 'no finished trial is lost');
});
