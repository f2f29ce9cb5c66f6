/** `ansor features`, `diff` and `log ...` as a person calls them, on logs of the original. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { main } from '../../server/src/cli/main.js';
import { printTc } from '../../server/src/dag/print-tc.js';
import { workloadKey } from '../../server/src/dag/text.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { formatNote } from '../../server/src/records/comments.js';
import { readLog } from '../../server/src/records/read-log.js';
import { oracleFeatures, rowsDifference } from '../features/oracle-features.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ansor-log-commands-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Ran { readonly status: number; readonly out: string; readonly err: string }

async function ansor(...args: string[]): Promise<Ran> {
  let [out, err] = ['', ''];
  const status = await main(args, { out: (t) => { out += t; }, err: (t) => { err += t; }, terminal: false });
  return { status, out, err };
}

/** The one document on one line that `--json` promises. */
function json<T>({ out, err }: Ran): T {
  assert.match(out, /^[^\n]+\n$/, err);
  return JSON.parse(out) as T;
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const tc = (name: string): string => join(FIXTURES, `tc/${name}.tc`);
const softmax = readFileSync(join(FIXTURES, 'oracle/records/softmax_1536_128.json'), 'utf8').trimEnd().split('\n');
const matmul = readFileSync(join(FIXTURES, 'oracle/records/matmul_512.json'), 'utf8').trimEnd().split('\n');

/** Records of the original's samples: their text is what the samples file has, as a log of one line each. */
function sampleLog(name: string): string {
  const { samples } = JSON.parse(readFileSync(join(FIXTURES, `oracle/samples/${name}.json`), 'utf8')) as { samples: { record: unknown }[] };
  return file(`${name}.json`, samples.map((s) => `${JSON.stringify(s.record)}\n`).join(''));
}

interface Features { readonly names: string[]; readonly records: { line: number; stores: number[][]; valid: boolean; problem?: string }[] }

for (const name of ['softmax_1536_128.llvm', 'matmul_bias_relu_128.cuda']) {
  test(`features of ${name}: what the original computed`, async () => {
    const got = json<Features>(await ansor('features', sampleLog(name), '--dag', tc(name.replace(/\..*/, '')), '--json'));
    const { samples } = oracleFeatures(name);
    assert.equal(got.names.length, 164);
    assert.deepEqual(got.records.map((r) => [r.line, r.valid]), samples.map((s, i) => [i + 1, s !== null]));
    const wrong = got.records.map((r, i) => rowsDifference(r.stores, samples[i] ?? []).length);
    assert.ok(wrong.reduce((a, b) => a + b, 0) <= 0.001 * samples.flat(2).length, wrong.join());
    for (const r of got.records) assert.equal(r.problem === undefined, r.valid);
  });
}

test('features: operators that are not known, steps that do not fit, lines without a record', async () => {
  const log = file('mixed.json', [matmul[0], (matmul[0] ?? '').replace('["SP", 2, 0, 512', '["SP", 2, 99, 512'), '{'].join('\n'));
  const unknown = json<Features>(await ansor('features', log, '--json'));
  assert.deepEqual(unknown.records.map((r) => [r.valid, r.stores.length]), [[false, 0], [false, 0]]);
  assert.match(unknown.records[0]?.problem ?? '', /give it with --dag/);
  const { records } = json<Features>(await ansor('features', log, '--dag', tc('matmul_512'), '--json'));
  assert.deepEqual(records.map((r) => r.valid), [true, false]);
  assert.match(records[1]?.problem ?? '', /SP/);
  assert.match((await ansor('features', log, '--dag', tc('matmul_512'), '--line', '1')).out, /^# line 1\nstore 0\n {2}\w+ [\d.]+\n/);
  const missing = await ansor('features', log, '--line', '3');
  assert.deepEqual([missing.status, missing.out], [2, '']);
});

const note = ((): string => {
  const dag = parseTc(readFileSync(tc('matmul_512'), 'utf8')).defs[0]?.dag;
  assert.ok(dag !== undefined);
  return formatNote({ kind: 'task', note: { key: '["matmul", 512, 512, 512]', name: 'matmul', flops: 2 * 512 ** 3, tc: printTc(dag, 'matmul') } });
})();

interface Diff {
  readonly a: { readonly ms: number | null; readonly boundStateText: string | null }; readonly b: { readonly ms: number | null; readonly scheduleText: string | null };
  readonly speedup: number | null; readonly sameSteps: number; readonly steps: readonly { readonly kind: string; readonly a?: { readonly number: number }; readonly b?: { readonly number: number } }[];
}

test('diff: every step of both schedules once and in order, times, texts', async () => {
  const log = file('matmul.json', [note, ...matmul].join('\n'));
  const [a, b] = [2, 3].map((line) => readLog(readFileSync(log, 'utf8')).lines.find((l) => l.line === line));
  assert.ok(a?.kind === 'record' && b?.kind === 'record');
  const diff = json<Diff>(await ansor('diff', `${log}:2`, `${log}:3`, '--json'));
  const numbers = (side: 'a' | 'b'): number[] => diff.steps.flatMap((s) => s[side]?.number ?? []);
  assert.deepEqual(numbers('a'), a.record.steps.map((_, i) => i + 1));
  assert.deepEqual(numbers('b'), b.record.steps.map((_, i) => i + 1));
  assert.equal(diff.sameSteps, diff.steps.filter((s) => s.kind === 'same').length);
  assert.ok(diff.sameSteps > 0 && diff.steps.some((s) => s.kind === 'changed'));
  assert.equal(diff.speedup, (diff.a.ms ?? NaN) / (diff.b.ms ?? NaN));
  assert.match(diff.a.boundStateText ?? '', /^Placeholder: A, B\n/);
  assert.match(diff.b.scheduleText ?? '', /s\[C\]\.reorder/);
  const { out, status } = await ansor('diff', `${log}:2`, `${log}:3`);
  assert.equal(status, 0);
  assert.match(out, /times as fast as/);
  assert.match(out, /\n~ {3}\d+\. .*\n {4}\d+\. /);
  assert.match(out, /\nloops:\n[^]*\n-[^]*\n\+/);
});

test('diff: a record with itself, records that are not there, wrong forms', async () => {
  const log = file('itself.json', [note, matmul[0], '{'].join('\n'));
  const { out } = await ansor('diff', `${log}:2`, `${log}:2`, '--code');
  assert.match(out, /all \d+ steps are equal\n\nloops: equal\n\nschedule: equal\n\ncode: equal/);
  const cases: [string, number, RegExp][] = [[`${log}:3`, 1, /itself\.json:3:\d+: /], [`${log}:1`, 1, /no record/], [`${log}:9`, 1, /no record/], [log, 2, /LOG:LINE/], [`${log}:0`, 2, /LOG:LINE/], ['nothing:1', 1, /no such file/]];
  for (const [place, status, message] of cases) {
    const ran = await ansor('diff', place, `${log}:2`);
    assert.deepEqual([ran.status, ran.out], [status, ''], place);
    assert.match(ran.err, message);
  }
});

test('log check: places of all problems, status 1; operators that are known are replayed', async () => {
  const good = file('good.json', [note, ...matmul].join('\n'));
  const clean = await ansor('log', 'check', good, '--json');
  assert.equal(clean.status, 0);
  assert.deepEqual(json(clean), { ok: true, logs: [{ log: good, records: matmul.length, autotvm: 0, replayed: matmul.length, unknown: 0, operators: { given: matmul.length, exact: 0, assumed: 0, unresolved: 0 }, problems: [] }] });
  const dag = parseTc(readFileSync(tc('relu_1024'), 'utf8')).defs[0]?.dag;
  assert.ok(dag !== undefined);
  const wrongKey = `["${'0'.repeat(32)}", [1024, 1024]]`;
  const bad = file('bad.json', [
    note, (matmul[0] ?? '').replace('["SP", 2, 0, 512', '["SP", 2, 99, 512'), softmax[0], '{"i": 3', '# {"trial": {"line": 1}}',
    formatNote({ kind: 'task', note: { key: wrongKey, name: 'x', flops: 1, tc: printTc(dag, 'x') } }),
    formatNote({ kind: 'task', note: { key: workloadKey(dag), name: 'y', flops: 1, tc: printTc(dag, 'y') } }),
  ].join('\n'));
  const ran = await ansor('log', 'check', bad, good, '--json');
  assert.equal(ran.status, 1);
  const { ok, logs } = json<{ ok: boolean; logs: { unknown: number; replayed: number; problems: { line: number; column: number; message: string }[] }[] }>(ran);
  assert.equal(ok, false);
  assert.deepEqual(logs.map((l) => [l.replayed, l.unknown]), [[1, 1], [matmul.length, 0]]);
  const problems = logs[0]?.problems ?? [];
  assert.deepEqual(problems.map((p) => p.line), [2, 4, 5, 6]);
  [/do not fit the operator: SP/, /ends|expected/, /no record on line 1/, /another operator/].forEach((m, i) => assert.match(problems[i]?.message ?? '', m));
  assert.match((await ansor('log', 'check', bad)).out, /bad\.json:2:1: the steps do not fit/);
});

test('log merge and distill: into a file and to standard output', async () => {
  const one = file('one.json', `${softmax.join('\n')}\n`);
  const two = file('two.json', `${[note, ...matmul, ...softmax, '{'].join('\n')}\n`);
  const target = join(folder, 'merged.json');
  const ran = await ansor('log', 'merge', one, two, '-o', target, '--json');
  const { records, dropped, problems } = json<{ records: number; dropped: number; problems: number }>(ran);
  assert.match(ran.err, /two\.json:\d+:2: .*\(left out\)/);
  assert.deepEqual([records + dropped, problems], [2 * softmax.length + matmul.length, 1]);
  assert.equal(readLog(readFileSync(target, 'utf8')).lines.filter((l) => l.kind === 'record').length, records);
  // A log may be merged into itself.
  assert.equal((await ansor('log', 'merge', target, '-o', target)).status, 0);
  assert.equal((await ansor('log', 'merge', target)).out, readFileSync(target, 'utf8'));
  const best = await ansor('log', 'distill', one, two);
  assert.deepEqual(readLog(best.out).lines.map((l) => l.kind), ['record', 'task', 'record']);
  assert.equal((await ansor('log', 'distill', one, '--json')).status, 2);
  assert.equal((await ansor('log', 'merge', join(folder, 'nothing.json'))).status, 1);
  assert.equal((await ansor('log', 'merge', one, '-o', join(folder, 'no/such/folder.json'))).status, 1);
});

test('log convert: old versions become v0.6, records measured twice stay', async () => {
  const wild = readFileSync(join(FIXTURES, 'oracle/wild-records.jsonl'), 'utf8').trimEnd().split('\n').map((line) => line.slice(line.indexOf('"record": ') + 10, -1));
  const log = file('wild.json', `${[wild[0], '# {"trial": {"line": 1, "rule": "r"}}', ...wild.slice(1), wild[0]].join('\n')}\n`);
  const target = join(folder, 'converted.json');
  const summary = json<{ records: number; migrated: number; foreign: number; problems: number }>(await ansor('log', 'convert', log, '-o', target, '--json'));
  const before = readLog(readFileSync(log, 'utf8')).lines;
  const { lines, problems } = readLog(readFileSync(target, 'utf8'));
  assert.deepEqual(problems, []);
  const records = (all: typeof lines): unknown[] => all.flatMap((l) => (l.kind === 'record' ? [[l.record.workloadKey, l.record.steps, l.record.result.costs.length]] : []));
  assert.deepEqual(records(lines), records(before));
  assert.ok(lines.every((l) => l.kind !== 'record' || l.record.version === 'v0.6'));
  assert.equal(summary.foreign, 17);
  assert.equal(summary.records, records(before).length);
  assert.equal((await ansor('log', 'convert', target)).out, readFileSync(target, 'utf8'));
});

test('log stats', async () => {
  const failed = (softmax[0] ?? '').replace(/"r": \[\[.*?\], 0,/, '"r": [[1e+10], 6,');
  const log = file('stats.json', [note, ...matmul, ...softmax, failed, '{'].join('\n'));
  const { logs } = json<{ logs: { records: number; errors: unknown; versions: unknown; problems: number; tasks: { records: number; errors: number; bestMs: number; gflops: number | null; bestLine: number; recordsToGood: number }[] }[] }>(await ansor('log', 'stats', log, '--json'));
  const [all] = logs;
  assert.deepEqual([all?.records, all?.errors, all?.versions, all?.problems], [matmul.length + softmax.length + 1, { 'build timeout': 1 }, { 'v0.6': matmul.length + softmax.length + 1 }, 1]);
  const costs = matmul.map((line) => (JSON.parse(line) as { r: [number[]] }).r[0]).map((c) => c.reduce((x, y) => x + y, 0) / c.length);
  const best = Math.min(...costs);
  const [first, second] = all?.tasks ?? [];
  assert.equal(first?.bestMs, best * 1000);
  assert.equal(first.bestLine, costs.indexOf(best) + 2);
  assert.equal(first.recordsToGood, costs.findIndex((c) => c <= best * 1.05) + 1);
  assert.equal(first.gflops, (2 * 512 ** 3) / best / 1e9);
  assert.deepEqual([second?.records, second?.errors, second?.gflops], [softmax.length + 1, 1, null]);
  assert.match((await ansor('log', 'stats', log)).out, /failed: 1 build timeout[^]*GFLOP\/s/);
});
