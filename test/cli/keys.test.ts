/** Logs without task lines on the command line: operators found by their keys, with what was assumed. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { main } from '../../server/src/cli/main.js';

const wild = readFileSync(fileURLToPath(new URL('../fixtures/oracle/wild-records.jsonl', import.meta.url)), 'utf8').trim().split('\n')
  .map((line) => JSON.stringify((JSON.parse(line) as { record: unknown }).record));
const folder = mkdtempSync(path.join(tmpdir(), 'ansor-keys-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const log = path.join(folder, 'wild.json');
writeFileSync(log, wild.map((line) => `${line}\n`).join(''));
const lineOf = (key: string): string => String(wild.findIndex((line) => line.includes(key)) + 1);

async function run(...args: string[]): Promise<{ readonly status: number; readonly out: string }> {
  let out = '';
  const status = await main(args, { out: (text) => void (out += text), err: (text) => void (out += text), terminal: false });
  return { status, out };
}

test('show: every public record', async () => {
  for (let line = 1; line <= wild.length; line++) {
    const { status, out } = await run('show', log, '--line', String(line), '--json');
    assert.equal(status, 0, out);
    const shown = JSON.parse(out) as { readonly steps?: readonly string[]; readonly knobs?: readonly unknown[]; readonly operator?: string | null; readonly problem?: string };
    if (shown.knobs === undefined) assert.ok((shown.steps ?? []).length > 0);
    else assert.ok(shown.knobs.length > 0);
    if (shown.operator === null) assert.match(shown.problem ?? '', /is a function of the program that wrote the log/);
  }
});

const ASSUMED = '0fad1b42d0d33418e0a8d15d3bbad3c9';
const EXACT = '45b4de07687dee43ee1cbde9f516b2bf';

test('replay and features: assumptions stand in the JSON', async () => {
  for (const command of ['replay', 'features']) {
    const records = async (key: string): Promise<Record<string, unknown> | undefined> => {
      const { status, out } = await run(command, log, '--line', lineOf(key), '--json');
      assert.equal(status, 0, out);
      return (JSON.parse(out) as { records: Record<string, unknown>[] }).records[0];
    };
    const assumed = await records(ASSUMED);
    assert.deepEqual(assumed?.['assumptions'], ['all tensors are float32', 'padding 0 x 0 before and 0 x 0 after']);
    assert.equal(assumed?.['operator'], 'conv2d NHWC 1x1 stride 2');
    assert.equal(assumed?.['problem'], undefined);
    const exact = await records(EXACT);
    assert.deepEqual(exact?.['assumptions'], []);
    assert.equal(exact?.['problem'], undefined);
    if (command === 'replay') assert.match(String(exact?.['boundStateText']), /^Placeholder: placeholder, placeholder\nparallel /);
    else assert.equal(exact?.['valid'], true);
  }
});

test('replay says why an operator is not known', async () => {
  const { status, out } = await run('replay', log, '--line', lineOf('conv2d_layer'));
  assert.equal(status, 0);
  assert.match(out, /"conv2d_layer" is a function of the program that wrote the log/);
});

test('log check: operators that the log does not have are found by their keys, and counted by how sure they are', async () => {
  const { status, out } = await run('log', 'check', log, '--json');
  assert.equal(status, 0, out);
  const [checked] = (JSON.parse(out) as { logs: { records: number; replayed: number; unknown: number; autotvm: number; operators: Record<string, number> }[] }).logs;
  const records = wild.filter((line) => line.startsWith('{"i":[[')).length;
  // Those that stay unknown have keys of functions that somebody registered.
  const registered = wild.filter((line) => /^\{"i":\[\["\[\\"(?![0-9a-f]{32}\\")/.test(line)).length;
  assert.deepEqual([checked?.records, checked?.unknown, checked?.replayed], [records, registered, records - registered]);
  assert.deepEqual(checked?.operators, { given: 0, exact: 24, assumed: 17, unresolved: registered });
  const rfc = fileURLToPath(new URL('../fixtures/oracle/rfc-records.json', import.meta.url));
  assert.match((await run('log', 'check', rfc)).out, /1 records, 1 replayed \(1 of operators found by their keys\), 1 of AutoTVM, 0 problems/);
});
