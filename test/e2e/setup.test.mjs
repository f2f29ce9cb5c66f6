// Everything around tuning, as a person meets it, on a machine that has nothing but the editor: no compiler and no node on the path.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openEditor } from '../harness/editor.mjs';

let editor, workbench, page, folder;

/** Without the second, the server asks a login shell for the environment. */
const BARE = { env: { PATH: '/nonexistent' }, args: ['--force-disable-user-env'] };

const TASKS = {
  version: '2.0.0',
  tasks: [
    { type: 'ansor', command: 'tune', input: 'broken.tc', target: 'wasm', trials: 2, label: 'tune the broken one', problemMatcher: '$ansor' },
    { type: 'ansor', command: 'tune', input: 'small.tc', target: 'wasm', trials: 2, label: 'tune the small one' },
  ],
};

function prepare(at) {
  mkdirSync(path.join(at, '.vscode'));
  writeFileSync(path.join(at, '.vscode/tasks.json'), JSON.stringify(TASKS));
  writeFileSync(path.join(at, 'broken.tc'), 'def broken(float(8, 8) A) -> (B) {\n  B(i, j) = A(i, j) + missing(i)\n}\n');
}

async function until(what, look, ms = 60_000) {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((r) => setTimeout(r, 200))) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`timed out waiting for ${what}`);
}

/** The text of the active editor, as it is drawn. */
const editorText = async () => (await page.locator('.editor-group-container.active .editor-instance .view-lines').first().innerText()).replaceAll('\u00a0', ' ');

/** The first entry of a quick pick. */
async function pick(text) {
  await page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first().click();
}

async function closeToasts() {
  await page.keyboard.press('Escape');
  for (const toast of await page.locator('.notification-toast .codicon-notifications-clear').all()) await toast.click({ timeout: 1000 }).catch(() => undefined);
}

before(async () => {
  editor = await openEditor({ prepare, ...BARE });
  ({ workbench, folder } = editor);
  ({ page } = workbench);
}, { timeout: 180_000 });

after(async () => {
  await editor?.shot('setup-last').catch(() => undefined);
  await editor?.close();
});

test('the walkthrough leads from a sample to a tuned sample in under 3 minutes, without a compiler', { timeout: 300_000 }, async (context) => {
  await workbench.command('Ansor: Open Walkthrough');
  const steps = page.locator('.gettingStartedContainer');
  await steps.getByText('Get Started with Ansor').first().waitFor();
  await editor.shot('walkthrough');
  const start = Date.now();
  await steps.locator('.button-container .monaco-button', { hasText: 'Open Sample' }).first().click();
  await pick('In ansor-e2e-workspace');
  await page.locator('.tabs-container .tab', { hasText: 'matmul.tc' }).waitFor();
  assert.ok(existsSync(path.join(folder, 'ansor-samples/small-cnn.onnx')));
  await workbench.command('Ansor: Tune Sample');
  await workbench.toast('matmul.tc is tuned').waitFor({ timeout: 240_000 });
  const seconds = (Date.now() - start) / 1000;
  context.diagnostic(`from the walkthrough's first click to the tuned sample: ${seconds.toFixed(0)} s`);
  assert.ok(seconds < 180, `${seconds} s`);
  const said = await workbench.toast('matmul.tc is tuned').innerText();
  assert.match(said, /[\d.]+ ms \(naive: [\d.]+ ms\), 64 trials/);
  await closeToasts();
  const log = readFileSync(path.join(folder, 'ansor-samples/matmul.ansor.jsonl'), 'utf8');
  assert.equal(log.split('\n').filter((line) => line.startsWith('{')).length, 64);
  assert.match(log, /"backend":"wasm"/);
});

test('the log of the sample opens as a log, and the steps of the walkthrough are done', { timeout: 120_000 }, async () => {
  await workbench.command('Ansor: Read Log of Sample');
  await workbench.languageIs('Ansor Tuning Log');
  await workbench.command('Ansor: Open Walkthrough');
  await until('the finished steps', async () => (await page.locator('.gettingStartedContainer .codicon-getting-started-step-checked').count()) >= 2);
  await editor.shot('walkthrough-done');
});

test('the schedules of the sample are compared', { timeout: 120_000 }, async () => {
  await workbench.command('Ansor: Compare Schedules of Sample');
  await page.locator('.tabs-container .tab', { hasText: 'Schedule Diff' }).waitFor();
  await workbench.webview('#root *');
  await editor.shot('walkthrough-compare');
  await workbench.command('View: Close All Editors');
});

test('Check Setup shows what there is, and its report can be copied', { timeout: 180_000 }, async () => {
  await workbench.command('Ansor: Check Setup');
  await page.locator('.tabs-container .tab', { hasText: 'Ansor Setup' }).waitFor({ timeout: 120_000 });
  const text = await until('the report', async () => {
    const found = await editorText();
    return /Target wasm/.test(found) && found;
  });
  assert.match(text, /Target c \(native code\)[^]*no C compiler/);
  assert.match(text, /A small program on wasm: +built, run and checked|A small program on wasm\*\*: built, run and checked/);
  assert.match(text, /Cache folder/);
  await editor.shot('check-setup');
  await page.locator('.codelens-decoration a', { hasText: 'Copy Report' }).first().click();
  await workbench.toast('The setup report is in the clipboard').waitFor();
  await closeToasts();
});

test('the status item is a menu: its tooltip has links, a click has a list', { timeout: 120_000 }, async () => {
  await workbench.openFile('small.tc');
  const item = page.locator('.statusbar-item', { hasText: 'Ansor' }).filter({ hasNotText: 'Log' }).first();
  await item.waitFor();
  const hover = page.locator('.monaco-hover', { hasText: 'Check Setup' }).first();
  for (let attempt = 0; attempt < 10 && !(await hover.isVisible().catch(() => false)); attempt++) {
    await page.mouse.move(5, 5);
    const box = await item.boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
    await page.waitForTimeout(1200);
  }
  const text = await hover.innerText();
  for (const entry of ['Tune Current Model', 'Check Setup', 'Walkthrough', 'Clear Cache', 'Settings']) assert.match(text, new RegExp(entry));
  assert.equal(await hover.locator('a').count() >= 5, true);
  await editor.shot('status-menu');
  await page.mouse.move(5, 5);
  await item.click();
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Clear Cache' }).waitFor();
  await page.keyboard.press('Escape');
});

test('a task of tasks.json runs the engine; what is wrong stands in Problems', { timeout: 300_000 }, async () => {
  const run = async (label) => {
    // Right after a window's start, or while tasks are being found, the list may close again: it is opened anew.
    const row = page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first();
    for (let attempt = 0; attempt < 5; attempt++) {
      await workbench.command('Tasks: Run Task');
      const picked = await row.click({ timeout: 10_000 }).then(() => true, () => false);
      if (picked) return;
      await page.keyboard.press('Escape');
    }
    throw new Error(`the list of tasks has no ${label}`);
  };
  await run('tune the small one');
  await until('the log of the task', () => existsSync(path.join(folder, 'small.ansor.jsonl')) && readFileSync(path.join(folder, 'small.ansor.jsonl'), 'utf8').split('\n').filter((l) => l.startsWith('{')).length === 2, 120_000);
  await editor.shot('task');
  await until('the end of the first task', () => !existsSync(path.join(folder, 'small.ansor.jsonl.lock')));
  const problem = page.locator('.markers-panel .monaco-list-row', { hasText: 'missing' }).first();
  // The list of tasks may change under the mouse while tasks are being found.
  for (let attempt = 0; attempt < 3 && !(await problem.isVisible()); attempt++) {
    await run('tune the broken one');
    await workbench.command('Problems: Focus on Problems View');
    await problem.waitFor({ timeout: 40_000 }).catch(() => undefined);
  }
  assert.match(await problem.innerText(), /missing/);
  await editor.shot('task-problem');
});

test('Clear Cache frees compiled programs and says how much', { timeout: 60_000 }, async () => {
  await workbench.command('Ansor: Clear Cache');
  const toast = workbench.toast('freed');
  await toast.waitFor();
  assert.match(await toast.innerText(), /\d.* (kB|MB) freed/);
  await closeToasts();
});

test('an untrusted workspace builds and runs nothing, and says why', { timeout: 240_000 }, async () => {
  await editor.close();
  editor = await openEditor({ prepare, trust: false, ...BARE });
  ({ workbench, folder } = editor);
  ({ page } = workbench);
  const distrust = page.locator('.monaco-dialog-box .monaco-button', { hasText: /No, I don/ }).first();
  await distrust.click({ timeout: 20_000 });
  await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).first().waitFor();
  await workbench.openFile('small.tc');
  await workbench.command('Ansor: Tune Current Model');
  await workbench.toast('Trust this workspace to allow it').waitFor();
  await editor.shot('untrusted');
  await closeToasts();
  await workbench.command('Ansor: Check Setup');
  const text = await until('the report', async () => {
    const found = await editorText().catch(() => '');
    return /not trusted/.test(found) && found;
  });
  assert.doesNotMatch(text, /Target wasm|built, run and checked/);
  // Logs can be read all the same.
  await workbench.openFile('records.json');
  assert.match(await workbench.hover('matmul', 'GFLOP/s'), /Loops after/);
  assert.deepEqual(readdirSync(folder).filter((name) => /\.(lock|jsonl)$|LOG\.d/.test(name)), []);
  const storage = path.join(editor.server.dataDir, 'data/User/globalStorage/ansor.ansor');
  assert.equal(existsSync(path.join(storage, 'cache')), false);
});
