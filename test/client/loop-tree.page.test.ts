import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { axeViolations } from '../harness/axe.mjs';
import { noBrowser, root, servePages, THEMES, type PageServer } from '../harness/page-server/open-page.js';

const skip = noBrowser();
const folder = mkdtempSync(path.join(tmpdir(), 'ansor-tree-'));
const log = path.join(folder, 'records.ansor.jsonl');
const record = { uri: pathToFileURL(log).toString(), line: 3 };
let server: PageServer;

before(async () => {
  copyFileSync(path.join(root, 'test/e2e/workspace/records.json'), log);
  if (skip === false) server = await servePages(folder);
}, { timeout: 120_000 });
after(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const focused = (page: Page): Promise<string> => page.locator(':focus').evaluate((one) => one.getAttribute('data-id') ?? one.getAttribute('aria-label') ?? '');
const rows = (page: Page): Promise<string[]> => page.locator('[role=treeitem]').evaluateAll((all) => all.map((one) => one.getAttribute('data-id') ?? ''));

for (const theme of THEMES) {
  test(`the tree in the ${theme} theme: no complaint of scripts or content security, no serious violation found by axe`, { skip }, async () => {
    const { page, complaints, shot } = await server.open('loop-tree', record, { theme });
    await page.locator('[role=treeitem]').first().waitFor();
    await page.getByRole('slider').fill('3');
    await page.locator('.row.added').first().waitFor();
    await shot(`loop-tree-${theme}`);
    assert.deepEqual(await axeViolations(page), []);
    assert.deepEqual(complaints, []);
  });
}

test('keyboard alone: from the search to the steps and through the tree', { skip }, async () => {
  const { page } = await server.open('loop-tree', record);
  await page.locator('[role=treeitem]').first().waitFor();
  const last = await rows(page);
  assert.equal(last.length, 8 + 2 + 2, 'loops and statements of the final program, and its two stages');
  await page.getByRole('slider').focus();
  await page.keyboard.press('Home');
  assert.match(await page.locator('[role=option][aria-selected=true]').innerText(), /the naive program/);
  assert.deepEqual(await rows(page), ['S.C', 'C/i', 'C/j', 'C/k', 'C.C']);
  await page.keyboard.press('ArrowRight');
  assert.match(await page.locator('[role=option][aria-selected=true]').innerText(), /compute C in local memory first/);
  await page.keyboard.press('End');
  for (let tabs = 0; tabs < 20 && !(await focused(page)).startsWith('S.'); tabs++) await page.keyboard.press('Tab');
  await page.keyboard.press('Home');
  assert.equal(await focused(page), 'S.C');
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(page), last[1]);
  await page.keyboard.press('ArrowLeft');
  assert.deepEqual(await rows(page), ['S.C', last[1]], 'closed');
  await page.keyboard.press('ArrowRight');
  assert.deepEqual(await rows(page), last);
  await page.keyboard.press('End');
  assert.equal(await focused(page), last.at(-1));
  await page.keyboard.press('k');
  assert.equal(await focused(page), 'C.local/k.0', 'type-ahead');
  assert.match(await page.locator('.details').innerText(), /512 iterations, reduction, touches 1\.02 MB, 100 % of the work — step 4/);
});

test('search marks and selects; the step of the text is followed; a reload keeps step and selection', { skip }, async () => {
  const { page } = await server.open('loop-tree', record);
  await page.getByRole('searchbox').fill('j_c');
  assert.equal(await page.locator('.row.found').count(), 2);
  await page.keyboard.press('Enter');
  const [selected] = await page.locator('[aria-selected=true][role=treeitem]').evaluateAll((all) => all.map((one) => one.getAttribute('data-id')));
  assert.match(selected ?? '', /j_c/);
  server.emit({ kind: 'selection', ...record, step: 1 });
  await page.locator('[role=option][aria-selected=true]', { hasText: 'split iterator i_c' }).waitFor();
  await page.reload();
  await page.locator('[role=option][aria-selected=true]', { hasText: 'split iterator i_c' }).waitFor();
  server.emit({ kind: 'selection', uri: record.uri, line: 1 });
  await page.locator('.head', { hasText: ':1' }).waitFor();
  server.emit({ kind: 'selection', uri: record.uri, line: 2 });
  await page.waitForTimeout(200);
  assert.equal(await page.locator('[role=alert]').count(), 0, 'a line that is no record is passed over');
});

test('the figure is saved as SVG that stands by itself, and as PNG', { skip }, async () => {
  const { page, complaints } = await server.open('loop-tree', record);
  await page.locator('[role=treeitem]').first().waitFor();
  const save = async (name: string): Promise<Buffer> => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  };
  const svg = (await save('Save as SVG')).toString();
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+"/);
  assert.ok(!svg.includes('var(') && svg.includes('k.0') && /fill="rgb/.test(svg));
  assert.equal((await save('Save as PNG')).subarray(1, 4).toString(), 'PNG');
  assert.deepEqual(complaints, []);
});

test('what cannot be shown is said in a sentence', { skip }, async () => {
  const { page } = await server.open('loop-tree', { ...record, line: 2 });
  assert.match(await page.getByRole('alert').innerText(), /records\.ansor\.jsonl:2: there is no record on this line/);
});
