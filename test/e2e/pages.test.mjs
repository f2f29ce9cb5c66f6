// Loop tree and schedule diff in a real workbench: opened from a log, used, linked with its text.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openEditor } from '../harness/editor.mjs';
import { insist, until } from '../harness/until.mjs';

export default (machine) => describe('loop tree, schedule diff', () => {
  let editor, workbench, page;

  before(async () => {
    editor = await openEditor(machine);
    ({ workbench, page } = editor);
  }, { timeout: 180_000 });

  after(async () => {
    await editor?.shot('pages-last').catch(() => undefined);
    await editor?.close();
  });

  const TREE = 'svg.tree [role=treeitem]';
  /** Whether a page of the tree shows a record. */
  const shows = (text) => workbench.frameThat(async (frame) => (await frame.locator('.head', { hasText: text }).first().isVisible()) && (await frame.locator(TREE).count()) > 0);
  const treeTab = () => page.locator('.tabs-container .tab', { hasText: 'Loop Tree' }).first();

  test('a lens opens the loop tree; a step is chosen, a node searched and selected, the text follows', { timeout: 180_000 }, async () => {
    await workbench.openFile('records.json');
    await workbench.languageIs('Ansor Tuning Log');
    const opened = () => treeTab().isVisible();
    await insist('the loop tree', () => workbench.lens(/loop tree/i).click({ timeout: 3000 }), opened);
    const tree = await workbench.webview(TREE);
    assert.match(await tree.locator('.head').innerText(), /matmul[\s\S]*1\.7 ms · 158 GFLOP\/s[\s\S]*records\.json:1/);
    const slider = tree.getByRole('slider');
    const ids = async () => (await tree.locator('[role=treeitem]').evaluateAll((all) => all.map((one) => one.dataset.id))).join(' ');
    await insist('the naive program', () => slider.press('Home'), async () => (await ids()) === 'S.C C/i C/j C/k C.C');
    // The text shows the first step: it is selected there, and the focus stays in the page.
    await slider.press('ArrowRight');
    await tree.locator('.row.added').first().waitFor();
    await page.locator('.editor-instance .selected-text').first().waitFor();
    await insist('the last step', () => slider.press('End'), async () => (await tree.getByRole('option', { selected: true }).innerText()).startsWith('12'));
    await tree.getByRole('searchbox').fill('vectorize');
    const details = tree.locator('.details', { hasText: /vectorize j_c\.3 of C\.local, 64 iterations.* — step 11: vectorize/ });
    await insist('the details of what was found', () => tree.locator('.row.found').first().click({ timeout: 3000 }), () => details.isVisible());
    await editor.shot('loop-tree');
  });

  test('moving the cursor in the log shows its record; a reload of the window keeps the page', { timeout: 300_000 }, async () => {
    await insist('the third record', () => page.locator('.editor-instance .view-line').nth(2).click({ timeout: 3000 }), () => shows('records.json:3'));
    await workbench.writtenDown('ansor.page.loop-tree');
    await workbench.reload();
    await until('the page after a reload', () => shows('records.json:'), 120_000);
  });

  test('a page that the window wrote down before it ran comes back as well', { timeout: 300_000 }, async () => {
    await workbench.writtenDown('ansor.page.loop-tree');
    await workbench.forgetPages('ansor.page.loop-tree');
    await workbench.reload();
    await until('the page after a reload', () => shows('records.json:'), 120_000);
  });

  test('two records are compared: a sentence says what changed and what it brought; code stands in the diff editor', { timeout: 180_000 }, async () => {
    await page.getByRole('tab', { name: 'records.json, Editor Group' }).click();
    await insist('the comparison', () => workbench.lens(/compare/i).click({ timeout: 3000 }), () => page.locator('.tabs-container .tab', { hasText: 'Schedule Diff' }).first().isVisible());
    const diff = await workbench.webview('.sentence');
    assert.match(await diff.locator('.sentence').innerText(), /C\.local.*times as slow, 1\.7 ms → 26\.7 ms\.$/);
    await diff.getByRole('tab', { name: 'Generated code' }).click();
    await diff.locator('.monaco-diff-editor .line-insert, .monaco-diff-editor .line-delete').first().waitFor();
    await editor.shot('schedule-diff-code');
    await diff.getByRole('tab', { name: 'Loop trees' }).click();
    await until('both trees', async () => (await diff.locator('[role=tree] [role=treeitem]').count()) > 0);
    await editor.shot('schedule-diff');
  });
});
