// The dashboard in the side panel while a session runs, failed programs, devices; the record table, the page of a model.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { axeViolations } from '../harness/axe.mjs';
import { openEditor } from '../harness/editor.mjs';
import { insist, until } from '../harness/until.mjs';

const FAILED = 'failed.ansor.jsonl';
const OUTPUT = 'kernel.c: In function tile:\nkernel.c:7: error: the register file is too small for this tile\nkernel.c:9: note: and here is more\nfour\nfive\nthe sixth line is only in the full output';

/** The first record of the sample log, its failure as our sessions write it. */
function writeFailedLog(folder) {
  const lines = readFileSync(path.join(folder, 'records.json'), 'utf8').split('\n');
  const task = lines.find((line) => line.startsWith('# {"task"'));
  const record = JSON.parse(lines.find((line) => line.startsWith('{')));
  const failed = { ...record, r: [[1e10], 2, 0.5, 1795355830] };
  writeFileSync(path.join(folder, FAILED), [task, JSON.stringify(record), JSON.stringify(failed), `# ${JSON.stringify({ trial: { line: 3, error: OUTPUT } })}`, ''].join('\n'));
}

export default (machine) => describe('dashboard, records, models', () => {
  let editor, workbench, page, folder;
  const log = () => path.join(folder, 'small.ansor.jsonl');
  const records = () => (existsSync(log()) ? readFileSync(log(), 'utf8').split('\n').filter((line) => line.startsWith('{')).length : 0);

  /** No record comes for a while: the candidate that ran has come to its end. */
  const quiet = async () => {
    let known = records();
    let since = Date.now();
    await until('an end of the records', () => {
      const now = records();
      if (now !== known) since = Date.now();
      known = now;
      return Date.now() - since > 2500;
    });
    return known;
  };

  before(async () => {
    editor = await openEditor(machine, {
      files: { 'mobilenet_v2.onnx': 'test/fixtures/models/mobilenet_v2.onnx', 'mobilenet_v2.ansor.jsonl': 'test/fixtures/logs/mobilenet_v2.ansor.jsonl' },
      settings: { 'ansor.trials': 20_000, 'ansor.target': 'wasm', 'ansor.confirmStart': true }, prepare: writeFailedLog,
    });
    ({ workbench, page, folder } = editor);
  }, { timeout: 180_000 });

  after(async () => {
    await editor?.shot('dashboard-last').catch(() => undefined);
    await editor?.close();
  });

  test('a start is confirmed with its cost; numbers move; pause, another budget, resume, stop in the dashboard', { timeout: 300_000 }, async () => {
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
    await workbench.showContainer('Ansor');
    const frame = await workbench.webview('.dashboard .facts');
    const trials = async () => Number(/Trials\s+([\d,]+) \//.exec(await frame.locator('.facts').innerText())?.[1]?.replaceAll(',', '') ?? 0);
    const first = await until('trials in the dashboard', async () => (await trials()) || undefined, 120_000);
    await until('more of them', async () => (await trials()) > first);
    await frame.locator('.chart svg').first().waitFor();
    await editor.shot('dashboard-running');

    await frame.getByRole('button', { name: 'Pause' }).click();
    await frame.locator('.badge.paused').waitFor();
    const paused = await quiet();
    await editor.shot('dashboard-paused');

    // The budget is changed in its dialog, by the keyboard; a wrong one is told and nothing is lost.
    const change = frame.getByRole('button', { name: 'Change Budget…' });
    const dialog = frame.getByRole('dialog', { name: 'Budget' });
    await change.press('Enter');
    await dialog.waitFor();
    assert.deepEqual(await axeViolations(frame), []);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await frame.locator('button:focus', { hasText: 'Change Budget…' }).waitFor();
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    // The number is selected.
    await page.keyboard.type('12345');
    await page.keyboard.press('Tab');
    await page.keyboard.type('90');
    assert.deepEqual([await dialog.getByLabel('Records to reach').inputValue(), await dialog.getByLabel(/Time limit/).inputValue()], ['12345', '90']);
    await editor.shot('dashboard-budget');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await frame.locator('.facts', { hasText: '/ 12,345' }).waitFor();
    await workbench.statusItem(/Ansor \d+\/12345/).waitFor();

    // It stays paused for a window that comes back.
    await workbench.showContainer('Explorer');
    await workbench.reload();
    await workbench.showContainer('Ansor');
    const again = await workbench.webview('.dashboard .facts');
    await again.locator('.badge.paused').waitFor();
    assert.equal(records(), paused, 'nothing is measured while it is paused');
    await again.getByRole('button', { name: 'Resume' }).click();
    await until('records after the pause', () => records() > paused);
    await again.getByRole('button', { name: 'Stop' }).click();
    await until('the end', () => !existsSync(`${log()}.lock`));
    await again.locator('.badge.done').waitFor();
    await again.getByRole('button', { name: 'Tune…' }).waitFor();
    assert.ok(records() > paused);
    await editor.shot('dashboard-done');
  });

  test('a failed program: its kind, the full output as text, its program written to be reproduced', { timeout: 180_000 }, async () => {
    await workbench.command('Ansor: Show Log in Dashboard');
    await workbench.pick(FAILED).click();
    const frame = await workbench.webview('.dashboard .errors');
    const errors = frame.locator('.errors');
    await errors.locator('summary', { hasText: '1 compile host' }).click();
    const told = errors.locator('pre', { hasText: 'the register file is too small' });
    await told.waitFor();
    assert.doesNotMatch(await told.innerText(), /sixth/);
    await errors.getByRole('button', { name: 'Full Output' }).click();
    await until('the full output', async () => /the sixth line is only in the full output/.test(await workbench.editorText()));
    await editor.shot('full-output');
    await errors.getByRole('button', { name: 'Reproduce' }).click();
    await workbench.tab('README.md').waitFor();
    const text = await until('the description', async () => {
      const found = await workbench.editorText();
      return /failed\.ansor\.jsonl:3/.test(found) && found;
    });
    assert.match(text, /the register file is too small/);
    await editor.shot('reproduce');
    await workbench.closeToasts();
  });

  test('the trees beside it: tasks with their best times, devices with what they lack', { timeout: 120_000 }, async () => {
    const pane = (name) => page.locator('.part.sidebar .pane', { has: page.locator('.pane-header', { hasText: name }) }).first();
    const expand = (name) => insist(`the tree ${name}`, async () => {
      const header = pane(name).locator('.pane-header').first();
      if ((await header.getAttribute('aria-expanded')) === 'false') await header.click({ timeout: 3000 });
    }, async () => (await pane(name).locator('.monaco-list-row').count()) > 0);
    await workbench.showContainer('Ansor');
    await expand('Tasks');
    assert.match(await pane('Tasks').locator('.monaco-list-row').first().innerText(), /matmul[^]*1\.7 ms/);
    await expand('Devices');
    const row = (text) => pane('Devices').locator('.monaco-list-row', { hasText: text }).first();
    await row('This CPU, by WebAssembly').waitFor();
    assert.match(await row('This CPU, by a C compiler').innerText(), /no C compiler/);
    await editor.shot('trees');
    await pane('Devices').locator('.pane-header').first().click();
  });

  test('a log as record table: filter, select, copy', { timeout: 120_000 }, async () => {
    await workbench.openFile('mobilenet_v2.ansor.jsonl');
    await workbench.command('Ansor: Open Record Table');
    const frame = await workbench.webview('.record-table .grid-row');
    await frame.locator('.summary', { hasText: /^96 records/ }).waitFor();
    await frame.locator('#filter').fill('is:winner');
    await frame.locator('.summary', { hasText: /^32 of 96 records/ }).waitFor();
    await insist('one record copied', async () => {
      await frame.locator('.grid-row').first().click({ timeout: 3000 });
      await frame.getByRole('button', { name: 'Copy', exact: true }).click({ timeout: 3000 });
    }, () => frame.locator('.summary', { hasText: '1 record copied' }).isVisible());
    await editor.shot('record-table');
    await workbench.command('View: Close All Editors');
  });

  test('a log of more than 50 MB opens as record table, and the window says why', { timeout: 180_000 }, async () => {
    const line = readFileSync(path.join(folder, 'records.json'), 'utf8').split('\n').find((one) => one.startsWith('{'));
    const count = Math.ceil((51 * 2 ** 20) / (line.length + 1));
    writeFileSync(path.join(folder, 'long.ansor.jsonl'), `${line}\n`.repeat(count));
    await workbench.openFile('long.ansor.jsonl');
    const frame = await workbench.webview('.record-table .grid-row');
    await frame.locator('.summary', { hasText: `${count.toLocaleString('en')} records` }).waitFor();
    assert.match(await workbench.dismiss('shown as a table'), /long\.ansor\.jsonl has 51 MB.*VS Code gives extensions no text of more than 50 MB/);
    await editor.shot('long-log');
    // Opened again (a double click does that, too), it stays a table.
    await workbench.openFile('long.ansor.jsonl');
    await until('the table alone', async () => (await workbench.page.locator('.tab', { hasText: 'long.ansor.jsonl' }).count()) === 1 && (await workbench.page.locator('.editor-instance .view-line').count()) === 0);
    await workbench.webview('.record-table .grid-row');
    await workbench.command('View: Close All Editors');
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
    await until('its log in front', () => workbench.isActive('mobilenet_v2.ansor.jsonl'));
    await workbench.command('Ansor: Show Log in Dashboard');
    await workbench.pick('mobilenet_v2.ansor.jsonl').click();
    const dashboard = await workbench.webview('.dashboard .task-name');
    await dashboard.getByRole('heading', { name: 'mobilenet_v2.ansor.jsonl' }).waitFor();
    await dashboard.locator('.chart svg').first().waitFor();
    await editor.shot('dashboard-log');
  });
});
