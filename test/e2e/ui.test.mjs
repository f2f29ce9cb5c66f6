// A person's clicks in a real VS Code workbench with the packed extension installed.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openEditor } from '../harness/editor.mjs';
import { until } from '../harness/until.mjs';

/** The sample's log as a WebAssembly session on another machine would have written it. */
function writeForeignLog(folder) {
  const target = 'llvm -keys=cpu -mattr=+simd128 -mtriple=wasm32-unknown-unknown -num-cores=2';
  const session = { version: '0.1.0', target, backend: 'wasm', host: { cpu: 'Old CPU', cores: 2 } };
  const lines = readFileSync(path.join(folder, 'records.json'), 'utf8').replaceAll('llvm -keys=cpu -mcpu=sapphirerapids -num-cores=2', target);
  writeFileSync(path.join(folder, 'elsewhere.ansor.jsonl'), `# ${JSON.stringify({ session })}\n${lines}`);
}

export default (machine) => describe('reading and tuning', () => {
  let editor, workbench, page, folder;

  const logOf = (name) => path.join(folder, `${name}.ansor.jsonl`);
  const readLock = (name) => JSON.parse(readFileSync(`${logOf(name)}.lock`, 'utf8'));
  const recordLines = (name) => (existsSync(logOf(name)) ? readFileSync(logOf(name), 'utf8').split('\n').filter((line) => line.startsWith('{')) : []);

  before(async () => {
    editor = await openEditor(machine, { files: { 'resnet18.onnx': 'test/fixtures/models/resnet18.onnx' }, settings: { 'ansor.trials': 20_000, 'ansor.target': 'wasm' }, prepare: writeForeignLog });
    ({ workbench, page, folder } = editor);
  }, { timeout: 180_000 });

  after(async () => {
    await editor?.shot('last').catch(() => undefined);
    await editor?.close();
  });

  test('a tuning log named .json gets its language, and a hover tells its transform steps in words', { timeout: 120_000 }, async () => {
    await workbench.openFile('records.json');
    await workbench.languageIs('Ansor Tuning Log');
    const text = await workbench.hover('matmul', 'GFLOP/s');
    assert.match(text, /matmul/);
    assert.match(text, /1\.7 ms · 158 GFLOP\/s/);
    assert.match(text, /split iterator i_c \(512\) of C\.local into/);
    assert.match(text, /Loops after/);
    await editor.shot('hover');
  });

  test('an ordinary JSON file stays one', { timeout: 120_000 }, async () => {
    await workbench.openFile('ordinary.json');
    await page.locator('.statusbar-item', { hasText: /^JSON$/ }).first().waitFor();
  });

  test('an ONNX model opens with a summary of what is in it', { timeout: 120_000 }, async () => {
    await workbench.openFile('resnet18.onnx');
    const frame = await workbench.webview('.model .facts');
    const text = await frame.locator('body').innerText();
    assert.match(text, /Conv\s+20/);
    assert.match(text, /float32\[1, 3, 224, 224\]/);
    await editor.shot('model');
  });

  test('Tune Current Model shows progress; a reload reattaches; cancel ends the session and keeps its trials', { timeout: 300_000 }, async () => {
    await workbench.openFile('small.tc');
    await workbench.command('Ansor: Tune Current Model');
    await workbench.toast('Tuning small.tc').waitFor();
    await workbench.statusItem(/Ansor \d+\/20000/).waitFor();
    const { pid } = await until('the lock', () => existsSync(`${logOf('small')}.lock`) && readLock('small'));
    await until('the first records', () => recordLines('small').length >= 2, 120_000);
    await editor.shot('tuning');

    await workbench.reload();
    await workbench.statusItem(/Ansor [1-9]\d*\/20000/).waitFor();
    assert.equal(readLock('small').pid, pid, 'the same process goes on');
    const before = recordLines('small').length;

    // While the session runs, a hover is answered as ever.
    await workbench.openFile('records.json');
    assert.match(await workbench.hover('matmul', 'GFLOP/s'), /split iterator/);

    await workbench.command('Ansor: Cancel Tuning');
    await workbench.toast('small.tc was stopped').waitFor();
    await workbench.statusItem(/Ansor \d+\/20000/).waitFor({ state: 'detached' });
    await until('the lock to go', () => !existsSync(`${logOf('small')}.lock`));
    assert.ok(recordLines('small').length >= before, 'no finished trial is lost');
    await workbench.closeToasts();
  });

  test('records of another machine are marked; Re-measure Best appends what this one takes', { timeout: 300_000 }, async () => {
    await workbench.openFile('elsewhere.ansor.jsonl');
    await workbench.lineLike(/★ best · measured elsewhere/);
    const before = recordLines('elsewhere');
    await workbench.command('Ansor: Re-measure Best');
    assert.match(await workbench.dismiss('measured again'), /One program was measured again\. Its record is at the end of the log\./);
    const now = recordLines('elsewhere');
    assert.deepEqual(now.slice(0, before.length), before, 'what was there stays');
    assert.equal(now.length, before.length + 1);
    const { i, r } = JSON.parse(now.at(-1));
    assert.match(i[0][1], /wasm32/);
    assert.equal(r[1], 0);
    assert.ok(r[0][0] > 0 && r[0][0] < 10);
  });
});
