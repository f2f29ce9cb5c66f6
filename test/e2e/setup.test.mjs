// Everything around tuning, as a person meets it, on a machine that has nothing but the editor: no compiler and no node on the path.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openEditor } from '../harness/editor.mjs';
import { insist, until } from '../harness/until.mjs';

const TASKS = {
  version: '2.0.0',
  tasks: [
    { type: 'ansor', command: 'tune', input: 'broken.tc', target: 'wasm', trials: 2, label: 'tune the broken one', problemMatcher: '$ansor' },
    { type: 'ansor', command: 'tune', input: 'small.tc', target: 'wasm', trials: 2, algorithms: 'direct', label: 'tune the small one' },
  ],
};

function prepare(at) {
  mkdirSync(path.join(at, '.vscode'), { recursive: true });
  writeFileSync(path.join(at, '.vscode/tasks.json'), JSON.stringify(TASKS));
  writeFileSync(path.join(at, 'broken.tc'), 'def broken(float(8, 8) A) -> (B) {\n  B(i, j) = A(i, j) + missing(i)\n}\n');
}

const recordsIn = (log) => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter((line) => line.startsWith('{')).length : 0);

export default (machine) => {
  describe('around tuning', () => {
    let editor, workbench, page, folder;

    before(async () => {
      editor = await openEditor(machine, { prepare });
      ({ workbench, page, folder } = editor);
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
      const place = workbench.pick('In ansor-e2e-workspace');
      await insist('the sample\'s place', () => steps.locator('.button-container .monaco-button', { hasText: 'Open Sample' }).first().click({ timeout: 3000 }), () => place.isVisible());
      await place.click();
      await workbench.tab('matmul.tc').waitFor();
      assert.ok(existsSync(path.join(folder, 'ansor-samples/small-cnn.onnx')));
      await workbench.command('Ansor: Tune Sample');
      await workbench.toast('matmul.tc is tuned').waitFor({ timeout: 240_000 });
      const seconds = (Date.now() - start) / 1000;
      context.diagnostic(`from the walkthrough's first click to the tuned sample: ${seconds.toFixed(0)} s`);
      assert.ok(seconds < 180, `${seconds} s`);
      assert.match(await workbench.dismiss('matmul.tc is tuned'), /[\d.]+ ms \(naive: [\d.]+ ms\), 64 trials/);
      const log = path.join(folder, 'ansor-samples/matmul.ansor.jsonl');
      assert.equal(recordsIn(log), 64);
      assert.match(readFileSync(log, 'utf8'), /"backend":"wasm"/);
    });

    test('the log of the sample opens as a log, and the steps of the walkthrough are done', { timeout: 120_000 }, async () => {
      await workbench.command('Ansor: Read Log of Sample');
      await workbench.languageIs('Ansor Tuning Log');
      await workbench.command('Ansor: Open Walkthrough');
      await until('the finished steps', async () => (await page.locator('.gettingStartedContainer .codicon-getting-started-step-checked').count()) >= 2);
      await editor.shot('walkthrough-done');
    });

    test('the schedules of the sample are compared', { timeout: 180_000 }, async () => {
      const compared = page.locator('.tabs-container .tab', { hasText: 'Schedule Diff' }).first();
      await insist('the comparison', () => workbench.command('Ansor: Compare Schedules of Sample'), () => compared.isVisible(), { ms: 90_000, patience: 20_000 });
      await workbench.webview('.sentence');
      await editor.shot('walkthrough-compare');
      await workbench.command('View: Close All Editors');
    });

    test('Check Setup shows what there is, and its report can be copied', { timeout: 180_000 }, async () => {
      await workbench.command('Ansor: Check Setup');
      await page.locator('.tabs-container .tab', { hasText: 'Ansor Setup' }).waitFor({ timeout: 120_000 });
      const text = await until('the report', async () => {
        const found = await workbench.editorText();
        return /Target wasm/.test(found) && found;
      });
      assert.match(text, /Target c \(native code\)[^]*no C compiler/);
      assert.match(text, /A small program on wasm: +built, run and checked|A small program on wasm\*\*: built, run and checked/);
      assert.match(text, /Cache folder/);
      await editor.shot('check-setup');
      await insist('the copied report', () => workbench.lens('Copy Report').click({ timeout: 3000 }), () => workbench.toast('The setup report is in the clipboard').isVisible());
      await workbench.closeToasts();
    });

    test('the status item is a menu: its tooltip has links, a click has a list', { timeout: 120_000 }, async () => {
      await workbench.openFile('small.tc');
      const item = page.locator('.statusbar-item', { hasText: 'Ansor' }).filter({ hasNotText: 'Log' }).first();
      await item.waitFor();
      const hover = page.locator('.monaco-hover', { hasText: 'Check Setup' }).first();
      const text = await insist('the tooltip', async () => {
        await page.mouse.move(5, 5);
        const box = await item.boundingBox();
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
      }, async () => (await hover.isVisible()) && (await hover.locator('a').count()) >= 5 && (await hover.innerText({ timeout: 1000 }).catch(() => undefined)));
      for (const entry of ['Tune Current Model', 'Check Setup', 'Walkthrough', 'Clear Cache', 'Settings']) assert.match(text, new RegExp(entry));
      await editor.shot('status-menu');
      const entry = workbench.pick('Clear Cache');
      await insist('the list', async () => {
        await page.mouse.move(5, 5);
        await item.click({ timeout: 3000 });
      }, () => entry.isVisible());
      await page.keyboard.press('Escape');
    });

    test('a task of tasks.json runs the engine; what is wrong stands in Problems', { timeout: 300_000 }, async () => {
      // Right after a window's start, or while tasks are being found, the list may close again or change under the mouse: it is opened anew.
      const run = (label, ran) => insist(label, async () => {
        await workbench.command('Tasks: Run Task');
        await workbench.pick(label).click({ timeout: 10_000 }).catch(async (error) => {
          await page.keyboard.press('Escape');
          throw error;
        });
      }, ran, { ms: 180_000, patience: 40_000 });
      const log = path.join(folder, 'small.ansor.jsonl');
      await run('tune the small one', () => existsSync(log));
      await until('the records of the task', () => recordsIn(log) === 2, 120_000);
      await until('the end of the first task', () => !existsSync(`${log}.lock`));
      await editor.shot('task');
      const problem = page.locator('.markers-panel .monaco-list-row', { hasText: 'missing' }).first();
      // A task shows its terminal.
      await run('tune the broken one', async () => {
        await workbench.command('Problems: Focus on Problems View');
        return problem.isVisible();
      });
      assert.match(await problem.innerText(), /missing/);
      await editor.shot('task-problem');
    });

    test('Clear Cache frees compiled programs and says how much', { timeout: 60_000 }, async () => {
      await workbench.command('Ansor: Clear Cache');
      assert.match(await workbench.dismiss('freed'), /\d.* (kB|MB) freed/);
    });
  });

  describe('an untrusted workspace', () => {
    let editor;

    after(async () => {
      await editor?.shot('untrusted-last').catch(() => undefined);
      await editor?.close();
    });

    test('builds and runs nothing, and says why', { timeout: 240_000 }, async () => {
      editor = await openEditor(machine, { prepare, trust: false });
      const { workbench, page, folder } = editor;
      const distrust = page.locator('.monaco-dialog-box .monaco-button', { hasText: /No, I don/ }).first();
      await distrust.click();
      await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).first().waitFor();
      await workbench.openFile('small.tc');
      await insist('the refusal', () => workbench.command('Ansor: Tune Current Model'), () => workbench.toast('Trust this workspace to allow it').isVisible());
      await editor.shot('untrusted');
      await workbench.closeToasts();
      await workbench.command('Ansor: Check Setup');
      const text = await until('the report', async () => {
        const found = await workbench.editorText();
        return /not trusted/.test(found) && found;
      });
      assert.doesNotMatch(text, /Target wasm|built, run and checked/);
      // A task that the workspace brings along is not even offered before the workspace is trusted: the editor asks.
      const question = page.locator('.monaco-dialog-box', { hasText: /trust/i }).first();
      await insist('the question of trust', () => workbench.command('Tasks: Run Task'), () => question.isVisible());
      await editor.shot('untrusted-task');
      await question.locator('.monaco-button', { hasText: 'Cancel' }).first().click();
      await question.waitFor({ state: 'hidden' });
      // Logs can be read all the same.
      await workbench.openFile('records.json');
      assert.match(await workbench.hover('matmul', 'GFLOP/s'), /Loops after/);
      assert.deepEqual(readdirSync(folder).filter((name) => /\.(lock|jsonl)$|LOG\.d/.test(name)), []);
      const storage = path.join(editor.server.dataDir, 'data/User/globalStorage/ansor.ansor');
      assert.equal(existsSync(path.join(storage, 'cache')), false);
    });
  });
};
