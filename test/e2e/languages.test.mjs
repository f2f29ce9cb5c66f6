// Tuning logs and .tc files as a person meets them: outline, lenses, hints, hovers, quick fixes; completion, rename, formatting.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openEditor } from '../harness/editor.mjs';
import { insist, until } from '../harness/until.mjs';

export default (machine) => describe('languages', () => {
  let editor, workbench, page, folder;

  before(async () => {
    editor = await openEditor(machine, { files: { 'troubled.ansor.jsonl': 'test/fixtures/ide/troubled.ansor.jsonl' }, settings: { 'editor.minimap.enabled': false, 'outline.collapseItems': 'alwaysExpand' } });
    ({ workbench, page, folder } = editor);
  }, { timeout: 180_000 });

  after(async () => {
    await editor?.shot('languages-last').catch(() => undefined);
    await editor?.close();
  });

  const focusEditor = () => workbench.command('View: Focus Active Editor Group');
  const fixes = () => page.locator('.action-widget');
  const fix = (text) => fixes().locator('.monaco-list-row', { hasText: text }).first();

  /** Asks for the quick fixes at the cursor until there is one of this title, and applies it. */
  async function applyFix(title) {
    await insist(`the quick fix ${title}`, () => page.keyboard.press('Control+.'), () => fix(title).isVisible());
    const chosen = fixes().locator('.monaco-list-row.focused', { hasText: title }).first();
    for (let k = 0; k < 9 && !(await chosen.isVisible()); k++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await fixes().first().waitFor({ state: 'hidden' });
  }

  test('a log shows its tasks and records in the outline, times before its lines, lenses above them', { timeout: 180_000 }, async () => {
    await workbench.openFile('troubled.ansor.jsonl');
    await workbench.languageIs('Ansor Tuning Log');
    await workbench.lens('best of 4 records: 1.7 ms · 158 GFLOP/s').waitFor();
    await workbench.lens('Show loop tree').waitFor();
    await workbench.lens('2.87× as fast').waitFor();
    await workbench.lineLike(/4\.88 ms · 55 GFLOP\/s/);
    await workbench.lineLike(/1\.7 ms · 158 GFLOP\/s · ★ best · measured elsewhere/);
    await workbench.lineLike(/✗ compile error/);
    const outline = page.locator('.outline-pane');
    const header = page.locator('.pane-header', { hasText: 'Outline' }).first();
    const record = outline.locator('.monaco-list-row', { hasText: '26.7 ms · 10 GFLOP/s' }).first();
    await insist('the outline', async () => {
      if ((await header.getAttribute('aria-expanded')) !== 'true') await header.click({ timeout: 3000 });
    }, () => record.isVisible());
    await outline.locator('.monaco-list-row', { hasText: 'matmul' }).first().waitFor();
    await editor.shot('log-outline');
    // The outline is drawn anew when the text is read anew.
    await insist('the record of the outline', () => record.dblclick({ timeout: 3000 }), () => page.locator('.statusbar-item', { hasText: 'Ln 16,' }).first().isVisible());
    await header.click();
  });

  test('the lens of a record leads to its best; the hover tells the steps and has links', { timeout: 180_000 }, async () => {
    await insist('the best record', () => workbench.lens('2.87× as fast').click({ timeout: 3000 }), () => page.locator('.statusbar-item', { hasText: 'Ln 3, Col 1' }).first().isVisible());
    const text = await workbench.hover('sapphirerapids', 'Loops after');
    assert.match(text, /compute C in local memory first/);
    assert.match(text, /Show loop tree/);
    assert.match(text, /best of its task/);
    await page.keyboard.press('Escape');
  });

  test('a damaged line is mended by its quick fix, and the notes after it keep their records', { timeout: 180_000 }, async () => {
    await workbench.goTo(5, 200);
    await applyFix('Remove this line');
    const log = path.join(folder, 'troubled.ansor.jsonl');
    const text = await insist('the saved log', () => page.keyboard.press('Control+s'), () => {
      const now = readFileSync(log, 'utf8');
      return now.split('\n').length === 19 && now;
    });
    assert.match(text, /\{"line":15,"rule":"last"\}/);
  });

  test('.tc: completion, rename, hover, a lens to tune, formatting', { timeout: 180_000 }, async () => {
    await workbench.openFile('small.tc');
    await workbench.lens('Tune').waitFor();
    await workbench.lineLike(/i in 0:64, j in 0:64, k in 0:64 · 524 kFLOP/);
    assert.match(await workbench.hover('matmul', 'in and out'), /524 kFLOP · 48 KiB in and out[^]*C\(i, j\) \+= /);
    await page.keyboard.press('Escape');

    // A statement with a completed name: `fm` becomes `fmax(a, b)`.
    await workbench.goTo(3, 30);
    await focusEditor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('D(i, j) = fma');
    await workbench.lineLike(/D\(i, j\) = fma$/);
    const entry = page.locator('.suggest-widget.visible .monaco-list-row', { hasText: 'fmax' }).first();
    await insist('the completion', async () => {
      if (!(await entry.isVisible())) await page.keyboard.press('Control+Space');
    }, () => entry.isVisible());
    await page.keyboard.press('Tab');
    await workbench.lineLike(/D\(i, j\) = fmax\(/);
    await page.keyboard.type('C(i,j)');
    await page.keyboard.press('Tab');
    await page.keyboard.type('0.0');
    await page.keyboard.press('Escape');
    await workbench.lineLike(/D\(i, j\) = fmax\(C\(i,j\), 0\.0\)/);

    await workbench.goTo(4, 3);
    const name = page.locator('.rename-box input').first();
    await insist('the box of the new name', () => page.keyboard.press('F2'), () => name.isVisible());
    await name.fill('relu');
    await name.press('Enter');
    await workbench.lineLike(/relu\(i, j\) = fmax/);

    await insist('the layout', () => page.keyboard.press('Control+Shift+i'), async () => (await workbench.lines()).some((line) => line.includes('relu(i, j) = fmax(C(i, j), 0.0)')));
    await editor.shot('tc');

    // A name that was mistyped is marked and mended.
    await workbench.goTo(4, 10);
    await focusEditor();
    await page.keyboard.press('End');
    await page.keyboard.type(' + Bb(i, j)');
    const line = await workbench.lineLike(/0\.0\) \+ Bb\(i, j\)/);
    await page.locator('.editor-instance .squiggly-error').first().waitFor();
    await workbench.goTo(4, line.indexOf('Bb') + 1);
    await applyFix('Change to B');
    await workbench.lineLike(/0\.0\) \+ B\(i, j\)/);
    await until('the saved text', async () => {
      await page.keyboard.press('Control+s');
      return readFileSync(path.join(folder, 'small.tc'), 'utf8').includes('relu(i, j) = fmax(C(i, j), 0.0) + B(i, j)');
    });
  });
});
