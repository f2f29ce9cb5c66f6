// Loop tree and schedule diff in a real workbench: opened from a log, used, linked with its text.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openEditor } from '../harness/editor.mjs';

let editor, workbench;

before(async () => {
  editor = await openEditor();
  ({ workbench } = editor);
}, { timeout: 180_000 });

after(async () => {
  await editor?.shot('pages-last').catch(() => undefined);
  await editor?.close();
});

test('a lens opens the loop tree; a step is chosen, a node searched and selected, the text follows', { timeout: 180_000 }, async () => {
  await workbench.openFile('records.json');
  await workbench.languageIs('Ansor Tuning Log');
  await workbench.page.locator('.codelens-decoration a', { hasText: /loop tree/i }).first().click();
  const tree = await workbench.webview('svg.tree [role=treeitem]');
  assert.match(await tree.locator('.head').innerText(), /matmul[\s\S]*1\.7 ms · 158 GFLOP\/s[\s\S]*records\.json:1/);
  await tree.getByRole('slider').focus();
  await workbench.page.keyboard.press('Home');
  assert.deepEqual(await tree.locator('[role=treeitem]').evaluateAll((all) => all.map((one) => one.dataset.id)), ['S.C', 'C/i', 'C/j', 'C/k', 'C.C']);
  await workbench.page.keyboard.press('ArrowRight');
  await tree.locator('.row.added').first().waitFor();
  // The text shows the first step: it is selected there, and the focus stays in the page.
  await workbench.page.locator('.editor-instance .selected-text').first().waitFor();
  await tree.getByRole('searchbox').fill('vectorize');
  await tree.getByRole('slider').focus();
  await workbench.page.keyboard.press('End');
  await tree.locator('.row.found').first().waitFor();
  await tree.locator('.row.found').first().click();
  assert.match(await tree.locator('.details').innerText(), /vectorize j_c\.3 of C\.local, 64 iterations.* — step 11: vectorize/);
  await editor.shot('loop-tree');
});

test('moving the cursor in the log shows its record; a reload of the window keeps the page', { timeout: 180_000 }, async () => {
  await workbench.page.locator('.editor-instance .view-line').nth(2).click();
  const tree = await workbench.webview('svg.tree [role=treeitem]');
  await tree.locator('.head', { hasText: 'records.json:3' }).waitFor();
  // The workbench writes down what is open a moment after it was opened.
  await new Promise((r) => setTimeout(r, 3000));
  await workbench.reload();
  const again = await workbench.webview('svg.tree [role=treeitem]');
  await again.locator('.head', { hasText: 'records.json:' }).waitFor();
});

test('two records are compared: a sentence says what changed and what it brought; code stands in the diff editor', { timeout: 180_000 }, async () => {
  await workbench.page.getByRole('tab', { name: 'records.json, Editor Group' }).click();
  await workbench.page.locator('.codelens-decoration a', { hasText: /compare/i }).first().click();
  const diff = await workbench.webview('.sentence');
  assert.match(await diff.locator('.sentence').innerText(), /C\.local.*times as slow, 1\.7 ms → 26\.7 ms\.$/);
  await diff.getByRole('tab', { name: 'Generated code' }).click();
  await diff.locator('.monaco-diff-editor .line-insert, .monaco-diff-editor .line-delete').first().waitFor();
  await editor.shot('schedule-diff-code');
  await diff.getByRole('tab', { name: 'Loop trees' }).click();
  await diff.locator('[role=treeitem]').first().waitFor();
  await editor.shot('schedule-diff');
});
