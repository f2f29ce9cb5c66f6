// The reading half in a browser without any machine behind it: the web extension in the workbench's own web extension host, its language server in a worker.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root } from '../harness/package-vsix.mjs';
import { insist, until } from '../harness/until.mjs';
import { openWebWindow } from '../harness/web-window.mjs';

const shots = path.join(root, 'out/e2e/screenshots');

export default (machine) => describe('in a browser, without a machine', () => {
  let window, workbench, page;
  const shot = (name) => page.screenshot({ path: path.join(shots, `${name}.png`) });

  before(async () => {
    mkdirSync(shots, { recursive: true });
    const at = (file) => path.join(root, 'test/e2e/workspace', file);
    window = await openWebWindow(machine, {
      'records.json': at('records.json'), 'damaged.json': at('damaged.json'), 'ordinary.json': at('ordinary.json'), 'small.tc': at('small.tc'),
      'resnet18.onnx': path.join(root, 'test/fixtures/models/resnet18.onnx'),
    });
    ({ workbench, page } = window);
  }, { timeout: 180_000 });

  after(async () => {
    if (page !== undefined) await shot('web-last').catch(() => undefined);
    await window?.close();
  });

  test('the window has no remote machine: the extension runs in the browser', { timeout: 60_000 }, async () => {
    await until('the web build to be loaded', () => window.asked.some((url) => url.endsWith('/ansor/dist/extension.web.js')));
    assert.ok(!window.asked.some((url) => url.endsWith('/ansor/dist/extension.cjs')));
  });

  test('a log has its language, hovers with steps in words, times, and marks of damaged lines', { timeout: 180_000 }, async () => {
    await workbench.openFile('records.json');
    await workbench.languageIs('Ansor Tuning Log');
    assert.match(await workbench.hover('matmul', 'Loops after'), /1\.7 ms · 158 GFLOP\/s[^]*split iterator i_c \(512\) of C\.local into/);
    await workbench.lineLike(/1\.7 ms · 158 GFLOP\/s/);
    await shot('web-log');
    await workbench.openFile('damaged.json');
    await workbench.languageIs('Ansor Tuning Log');
    await page.locator('.editor-instance .squiggly-error').first().waitFor();
    await workbench.openFile('ordinary.json');
    await page.locator('.statusbar-item', { hasText: /^JSON$/ }).first().waitFor();
  });

  test('.tc: inferred ranges, hover', { timeout: 120_000 }, async () => {
    await workbench.openFile('small.tc');
    await workbench.lineLike(/i in 0:64, j in 0:64, k in 0:64 · 524 kFLOP/);
    assert.match(await workbench.hover('matmul', 'in and out'), /524 kFLOP/);
  });

  test('a model has its page', { timeout: 120_000 }, async () => {
    await workbench.openFile('resnet18.onnx');
    const frame = await until('the page of the model', () => workbench.frameThat(async (one) => (await one.locator('body', { hasText: 'Conv' }).locator('table').count()) > 0));
    assert.match(await frame.locator('body').innerText(), /Conv\s+20/);
    await shot('web-model');
  });

  test('what needs a machine says so', { timeout: 120_000 }, async () => {
    await insist('the refusal', () => workbench.command('Ansor: Tune Current Model'), () => workbench.toast('This needs a machine to build and run programs on').isVisible());
  });
});
