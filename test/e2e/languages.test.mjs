// Tuning logs and .tc files as a person meets them: outline, lenses, hints, hovers, quick fixes; completion, rename, formatting.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openEditor } from '../harness/editor.mjs';

let editor, workbench, page, folder;

before(async () => {
  editor = await openEditor({ files: { 'troubled.ansor.jsonl': 'test/fixtures/ide/troubled.ansor.jsonl' }, settings: { 'editor.minimap.enabled': false, 'outline.collapseItems': 'alwaysExpand' } });
  ({ workbench, folder } = editor);
  page = workbench.page;
}, { timeout: 120_000 });

after(async () => {
  await editor?.shot('languages-last').catch(() => undefined);
  await editor?.close();
});

const lens = (text) => page.locator('.editor-instance .codelens-decoration a, .editor-instance .codelens-decoration span', { hasText: text }).first();
const lines = async () => (await page.locator('.editor-instance .view-line').allInnerTexts()).map((line) => line.replaceAll('\u00a0', ' '));

/** Puts the cursor at a place by the editor's own command; columns count from 1. */
async function goTo(line, column) {
  await page.keyboard.press('Control+g');
  const input = page.locator('.quick-input-widget input.input').first();
  await input.waitFor();
  await input.fill(`:${line}:${column}`);
  await page.keyboard.press('Enter');
  await page.locator('.statusbar-item', { hasText: `Ln ${line}, Col ${column}` }).first().waitFor();
}

async function until(what, look, ms = 60_000) {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((r) => setTimeout(r, 100))) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`timed out waiting for ${what}`);
}

test('a log shows its tasks and records in the outline, times before its lines, lenses above them', { timeout: 180_000 }, async () => {
  await workbench.openFile('troubled.ansor.jsonl');
  await workbench.languageIs('Ansor Tuning Log');
  await lens('best of 4 records: 1.7 ms · 158 GFLOP/s').waitFor();
  await lens('Show loop tree').waitFor();
  await lens('2.87× as fast').waitFor();
  await until('the hints', async () => (await lines()).some((line) => /4\.88 ms · 55 GFLOP\/s/.test(line)));
  await until('what the whole log tells', async () => (await lines()).some((line) => /1\.7 ms · 158 GFLOP\/s · ★ best · measured elsewhere/.test(line)));
  assert.ok((await lines()).some((line) => /✗ compile error/.test(line)));
  const outline = page.locator('.outline-pane');
  await page.locator('.pane-header', { hasText: 'Outline' }).first().click();
  await outline.locator('.monaco-list-row', { hasText: 'matmul' }).first().waitFor();
  await outline.locator('.monaco-list-row', { hasText: '26.7 ms · 10 GFLOP/s' }).first().waitFor();
  await editor.shot('log-outline');
  await outline.locator('.monaco-list-row', { hasText: '26.7 ms · 10 GFLOP/s' }).first().dblclick();
  await page.locator('.statusbar-item', { hasText: 'Ln 16,' }).first().waitFor();
  await page.locator('.pane-header', { hasText: 'Outline' }).first().click();
});

test('the lens of a record leads to its best; the hover tells the steps and has links', { timeout: 180_000 }, async () => {
  await lens('2.87× as fast').click();
  await page.locator('.statusbar-item', { hasText: 'Ln 3, Col 1' }).first().waitFor();
  const text = await workbench.hover('sapphirerapids', 'Loops after');
  assert.match(text, /compute C in local memory first/);
  assert.match(text, /Show loop tree/);
  assert.match(text, /best of its task/);
  await page.keyboard.press('Escape');
});

test('a damaged line is mended by its quick fix, and the notes after it keep their records', { timeout: 180_000 }, async () => {
  await goTo(5, 200);
  await until('the quick fix', async () => {
    await page.keyboard.press('Control+.');
    return page.locator('.action-widget', { hasText: 'Remove this line' }).first().waitFor({ timeout: 2000 }).then(() => true, () => false);
  });
  await page.locator('.action-widget .monaco-list-row.focused', { hasText: 'Remove this line' }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.action-widget').first().waitFor({ state: 'hidden' });
  await page.keyboard.press('Control+s');
  const log = path.join(folder, 'troubled.ansor.jsonl');
  const text = await until('the saved log', () => {
    const now = readFileSync(log, 'utf8');
    return now.split('\n').length === 19 && now;
  });
  assert.match(text, /\{"line":15,"rule":"last"\}/);
});

test('.tc: completion, rename, hover, a lens to tune, formatting', { timeout: 180_000 }, async () => {
  await workbench.openFile('small.tc');
  await lens('Tune').waitFor();
  await until('the inferred ranges', async () => (await lines()).some((line) => /i in 0:64, j in 0:64, k in 0:64 · 524 kFLOP/.test(line)));
  assert.match(await workbench.hover('matmul', 'in and out'), /524 kFLOP · 48 KiB in and out[^]*C\(i, j\) \+= /);
  await page.keyboard.press('Escape');

  // A statement with a completed name: `fm` becomes `fmax(a, b)`.
  await goTo(3, 30);
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.keyboard.type('D(i, j) = fma');
  await page.keyboard.press('Control+Space');
  await page.locator('.suggest-widget.visible .monaco-list-row', { hasText: 'fmax' }).first().waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.type('C(i,j)');
  await page.keyboard.press('Tab');
  await page.keyboard.type('0.0');
  await page.keyboard.press('Escape');
  await until('the statement', async () => (await lines()).some((line) => line.includes('D(i, j) = fmax(C(i,j), 0.0)')));

  await goTo(4, 3);
  await page.keyboard.press('F2');
  const name = page.locator('.rename-box input').first();
  await name.waitFor();
  await name.fill('relu');
  await page.keyboard.press('Enter');
  await until('the new name', async () => (await lines()).some((line) => line.includes('relu(i, j) = fmax')));

  await page.keyboard.press('Control+Shift+i');
  await until('the layout', async () => (await lines()).some((line) => line.includes('relu(i, j) = fmax(C(i, j), 0.0)')));
  await editor.shot('tc');
});
