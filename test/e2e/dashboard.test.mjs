// The dashboard in the side panel while a session runs, the record table, the page of a model: in a real workbench.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openEditor } from '../harness/editor.mjs';

let editor, workbench, folder;

const log = () => path.join(folder, 'small.ansor.jsonl');
const records = () => (existsSync(log()) ? readFileSync(log(), 'utf8').split('\n').filter((line) => line.startsWith('{')).length : 0);

async function until(what, look, ms = 60_000) {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((r) => setTimeout(r, 200))) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`timed out waiting for ${what}`);
}

/** Shows the container by its icon, as a person does. */
const showAnsor = () => workbench.page.locator('.activitybar .action-item a[aria-label^="Ansor"]').first().click();
const showExplorer = () => workbench.page.locator('.activitybar .action-item a[aria-label^="Explorer"]').first().click();

before(async () => {
  editor = await openEditor({
    files: { 'mobilenet_v2.onnx': 'test/fixtures/models/mobilenet_v2.onnx', 'mobilenet_v2.ansor.jsonl': 'test/fixtures/logs/mobilenet_v2.ansor.jsonl' },
    settings: { 'ansor.trials': 20_000, 'ansor.target': 'wasm', 'ansor.confirmStart': true },
  });
  ({ workbench, folder } = editor);
}, { timeout: 120_000 });

after(async () => {
  await editor?.shot('dashboard-last').catch(() => undefined);
  await editor?.close();
});

test('a start is confirmed with its cost; numbers move; pause, resume, stop in the dashboard', { timeout: 300_000 }, async () => {
  const { page } = workbench;
  await workbench.openFile('small.tc');
  await workbench.command('Ansor: Tune Current Model');
  const confirm = page.locator('.quick-input-widget', { hasText: 'Start Tuning' });
  await confirm.waitFor();
  assert.match(await confirm.innerText(), /MB on disk/);
  assert.match(await confirm.innerText(), /20000 trials/);
  assert.match(await confirm.innerText(), /small\.ansor\.jsonl/);
  await editor.shot('confirm-start');
  await page.keyboard.press('Enter');
  await workbench.statusItem(/Ansor \d+\/20000/).waitFor();
  await showAnsor();
  const frame = await workbench.webview('.dashboard .facts');
  const trials = async () => Number(/Trials\s+([\d,]+) \//.exec(await frame.locator('.facts').innerText())?.[1]?.replaceAll(',', '') ?? 0);
  const first = await until('trials in the dashboard', async () => (await trials()) || undefined, 120_000);
  await until('more of them', async () => (await trials()) > first);
  await frame.locator('.chart svg').first().waitFor();
  await editor.shot('dashboard-running');

  await frame.getByRole('button', { name: 'Pause' }).click();
  await frame.locator('.badge.paused').waitFor();
  // The candidate that runs comes to its end first.
  let paused = -1;
  await until('the last candidate', async () => {
    const before = records();
    await new Promise((r) => setTimeout(r, 4000));
    paused = records();
    return paused === before;
  });
  await new Promise((r) => setTimeout(r, 3000));
  assert.equal(records(), paused, 'nothing is measured while it is paused');
  await editor.shot('dashboard-paused');

  // It stays paused for a window that comes back.
  await showExplorer();
  await workbench.reload();
  await showAnsor();
  const again = await workbench.webview('.dashboard .facts');
  await again.locator('.badge.paused').waitFor();
  assert.equal(records(), paused);
  await again.getByRole('button', { name: 'Resume' }).click();
  await until('records after the pause', () => records() > paused);
  await again.getByRole('button', { name: 'Stop' }).click();
  await until('the end', () => !existsSync(`${log()}.lock`));
  await again.locator('.badge.done').waitFor();
  await again.getByRole('button', { name: 'Tune…' }).waitFor();
  assert.ok(records() > paused);
  await editor.shot('dashboard-done');
});

test('a log as record table: filter, select, copy', { timeout: 120_000 }, async () => {
  await showExplorer();
  await workbench.openFile('mobilenet_v2.ansor.jsonl');
  await workbench.command('Ansor: Open Record Table');
  const frame = await workbench.webview('.record-table .grid-row');
  await frame.locator('.summary', { hasText: /^96 records/ }).waitFor();
  await frame.locator('#filter').fill('is:winner');
  await frame.locator('.summary', { hasText: /^32 of 96 records/ }).waitFor();
  await frame.locator('.grid-row').first().click();
  await frame.getByRole('button', { name: 'Copy', exact: true }).click();
  await frame.locator('.summary', { hasText: '1 records copied' }).waitFor();
  await editor.shot('record-table');
});

test('the page of a model: its tasks with the times of its log, and the way to the record', { timeout: 120_000 }, async () => {
  await workbench.openFile('mobilenet_v2.onnx');
  const frame = await workbench.webview('.model .list tbody');
  const text = await frame.locator('body').innerText();
  assert.match(text, /Covered by the log\s+100 %/);
  assert.match(text, /conv2d_add_clip/);
  assert.ok(await frame.getByRole('button', { name: 'Tune', exact: true }).isVisible());
  await editor.shot('model-page');
  await frame.locator('td button.link').first().click();
  await workbench.page.locator('.tab.active', { hasText: 'mobilenet_v2.ansor.jsonl' }).waitFor();
});
