import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { axeViolations } from '../harness/axe.mjs';
import { noBrowser, root, servePages, THEMES, type PageServer } from '../harness/page-server/open-page.js';

const skip = noBrowser();
const folder = mkdtempSync(path.join(tmpdir(), 'ansor-diff-'));
const log = path.join(folder, 'records.ansor.jsonl');
const at = (line: number): { uri: string; line: number } => ({ uri: pathToFileURL(log).toString(), line });
const pair = { left: at(1), right: at(3) };
let server: PageServer;

before(async () => {
  copyFileSync(path.join(root, 'test/e2e/workspace/records.json'), log);
  if (skip === false) server = await servePages(folder);
}, { timeout: 120_000 });
after(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

for (const theme of THEMES) {
  test(`two records in the ${theme} theme: no complaint of scripts or content security, no serious violation found by axe`, { skip }, async () => {
    const { page, complaints, shot } = await server.open('schedule-diff', pair, { theme });
    await page.locator('[role=treeitem]').first().waitFor();
    await shot(`schedule-diff-${theme}`);
    assert.deepEqual(await axeViolations(page), []);
    await page.getByRole('tab', { name: 'Steps' }).click();
    assert.deepEqual(await axeViolations(page), []);
    assert.deepEqual(complaints, []);
  });
}

test('the sentence, the figures, both trees with one selection, by keyboard', { skip }, async () => {
  const { page } = await server.open('schedule-diff', pair);
  assert.match(await page.locator('.sentence').innerText(), /tile sizes of C\.local.*15\.7 times as slow, 1\.7 ms → 26\.7 ms\.$/);
  assert.match(await page.locator('.times').innerText(), /left\s+records\.ansor\.jsonl:1.*1\.7 ms.*158 GFLOP\/s/s);
  await page.locator('section[aria-label=left] [role=treeitem][tabindex="0"]').focus();
  await page.keyboard.press('k');
  const selected = await page.locator('[role=treeitem][aria-selected=true]').evaluateAll((all) => all.map((one) => one.getAttribute('data-id')));
  assert.deepEqual(selected, ['C.local/k.0', 'C.local/k.0'], 'both trees');
  assert.match(await page.locator('.details').innerText(), /128 iterations.* ↔ .*512 iterations/);
  await page.getByRole('tab', { name: 'Loop trees' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  assert.match(await page.locator('.steps-table').innerText(), /128 x 1 x 2 x 2[\s\S]*32 x 4 x 4 x 1/);
  await page.getByLabel('Only differences').check();
  assert.equal(await page.locator('.steps-table tr.same').count(), 0);
  await page.getByRole('button', { name: 'Swap' }).click();
  await page.locator('.sentence', { hasText: 'times as fast, 26.7 ms → 1.7 ms' }).waitFor();
});

for (const theme of THEMES) {
  test(`generated code and schedule in the ${theme} theme: axe finds no faint word in the diff editor`, { skip }, async () => {
    const { page, complaints, shot } = await server.open('schedule-diff', pair, { theme });
    await page.getByRole('tab', { name: 'Generated code' }).click();
    await page.locator('.monaco-diff-editor .line-insert, .monaco-diff-editor .line-delete').first().waitFor();
    await shot(`schedule-diff-code-${theme}`);
    assert.deepEqual(await axeViolations(page), []);
    await page.getByRole('tab', { name: 'Schedule' }).click();
    await page.locator('.modified .view-lines', { hasText: /s\[C/ }).waitFor();
    assert.deepEqual(await axeViolations(page), []);
    assert.deepEqual(complaints, []);
  });
}

test('schedule and generated code in the diff editor, its worker started from a blob', { skip }, async () => {
  const { page, complaints } = await server.open('schedule-diff', pair);
  assert.equal(await page.locator('script[src$="monaco.js"]').count(), 0, 'loaded only when wanted');
  await page.getByRole('tab', { name: 'Generated code' }).click();
  await page.locator('.monaco-diff-editor .line-insert, .monaco-diff-editor .line-delete').first().waitFor();
  assert.equal(page.workers().length, 1);
  assert.ok(page.workers()[0]?.url().startsWith('blob:'));
  assert.match(await page.locator('.modified .view-lines').innerText(), /for|float/);
  await page.getByRole('tab', { name: 'Schedule' }).click();
  await page.locator('.modified .view-lines', { hasText: /s\[C/ }).waitFor();
  assert.deepEqual(complaints, []);
});

test('in a panel of 300 px nothing is cut off, and one tree stands below the other', { skip }, async () => {
  const { page, shot } = await server.open('schedule-diff', pair, { width: 300, height: 900 });
  await page.locator('[role=treeitem]').first().waitFor();
  assert.equal(await page.evaluate('document.querySelector("#root").scrollWidth'), 300);
  for (const name of ['Loop trees', 'Steps', 'Generated code']) assert.ok(((await page.getByRole('tab', { name }).boundingBox())?.x ?? 999) < 230, name);
  const [left, right] = [await page.locator('section[aria-label=left]').boundingBox(), await page.locator('section[aria-label=right]').boundingBox()];
  assert.ok(left !== null && right !== null && right.y >= left.y + left.height - 1 && left.width > 280);
  await shot('schedule-diff-narrow');
});
