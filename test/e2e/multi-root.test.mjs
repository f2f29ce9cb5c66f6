// A workspace of two folders that have files of the same name, each with settings of its own.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openEditor } from '../harness/editor.mjs';
import { root } from '../harness/package-vsix.mjs';
import { until } from '../harness/until.mjs';

/** `first` and `second`, both with small.tc; only the second keeps its logs in a folder. */
function prepare(at) {
  for (const [name, settings] of [['first', { 'ansor.trials': 3 }], ['second', { 'ansor.trials': 2, 'ansor.logDirectory': 'logs' }]]) {
    mkdirSync(path.join(at, name, '.vscode'), { recursive: true });
    writeFileSync(path.join(at, name, '.vscode/settings.json'), JSON.stringify({ 'ansor.target': 'wasm', ...settings }));
    cpSync(path.join(root, 'test/e2e/workspace/small.tc'), path.join(at, name, 'small.tc'));
  }
  cpSync(path.join(root, 'test/e2e/workspace/records.json'), path.join(at, 'first/records.json'));
  const file = path.join(at, 'both.code-workspace');
  writeFileSync(file, JSON.stringify({ folders: [{ path: 'first' }, { path: 'second' }], settings: {} }));
  return file;
}

export default (machine) => describe('a workspace of two folders', () => {
  let editor, workbench, page, folder;
  const recordsIn = (log) => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter((line) => line.startsWith('{')).length : 0);

  before(async () => {
    editor = await openEditor(machine, { workspace: undefined, prepare });
    ({ workbench, page, folder } = editor);
  }, { timeout: 180_000 });

  after(async () => {
    await editor?.shot('multi-root-last').catch(() => undefined);
    await editor?.close();
  });

  test('the model to tune is chosen by its folder, whose settings and place of logs count', { timeout: 240_000 }, async () => {
    await workbench.command('Ansor: Tune Current Model');
    const models = page.locator('.quick-input-list .monaco-list-row');
    await models.nth(1).waitFor();
    assert.deepEqual((await models.allInnerTexts()).map((text) => text.trim()), ['first/small.tc', 'second/small.tc']);
    await workbench.pick('second/small.tc').click();
    await workbench.toast('small.tc is tuned').waitFor({ timeout: 120_000 });
    const log = path.join(folder, 'second/logs/small.ansor.jsonl');
    await until('the end of the session', () => !existsSync(`${log}.lock`));
    assert.equal(recordsIn(log), 2);
    assert.equal(existsSync(path.join(folder, 'first/small.ansor.jsonl')), false);
    await workbench.closeToasts();
  });

  test('logs of all folders can be shown in the dashboard, by their folder\'s name', { timeout: 120_000 }, async () => {
    await workbench.command('Ansor: Show Log in Dashboard');
    await workbench.pick('second/logs/small.ansor.jsonl').click();
    const frame = await workbench.webview('.dashboard .facts');
    await frame.getByRole('heading', { name: 'small.ansor.jsonl' }).waitFor();
    await frame.locator('.facts', { hasText: /Trials\s*2/ }).waitFor();
    await editor.shot('multi-root');
  });
});
