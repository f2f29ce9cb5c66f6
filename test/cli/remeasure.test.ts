/** Care around tuning: bests that another machine measured are measured again; this machine is looked at. On wasm, which needs nothing. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import type { SetupReport } from '../../server/src/protocol/setup-report.js';
import { readLog } from '../../server/src/records/read-log.js';
import { ansor, document, events, MATMUL, noCompiler, placeWith, recordsOf } from './ansor.js';

const LOG = 'mm.ansor.jsonl';
const WASM = ['--target', 'wasm', '--threads', '2'];
let cwd = '';

before(async () => {
  cwd = placeWith({ 'mm.tc': MATMUL });
  const tuned = await ansor(['tune', 'mm.tc', ...WASM, '--trials', '4', '--json'], { cwd });
  assert.equal(tuned.status, 0, tuned.err);
});

test('what was measured here is not measured again', async () => {
  const text = readFileSync(path.join(cwd, LOG), 'utf8');
  const again = await ansor(['log', 'remeasure', LOG, ...WASM, '--json'], { cwd });
  const last = events(again.out).at(-1);
  assert.deepEqual([again.status, last?.event === 'done' ? last.trials : undefined], [0, 0], again.err);
  assert.equal(readFileSync(path.join(cwd, LOG), 'utf8'), text);
});

test('a log for other targets has nothing to measure, and says so', { skip: noCompiler }, async () => {
  const ran = await ansor(['log', 'remeasure', LOG, '--target', 'c'], { cwd });
  assert.equal(ran.status, 0, ran.err);
  assert.match(ran.err, /no record of it is for the target c; they are for others, such as "llvm .*wasm32.*--target\n/);
  assert.doesNotMatch(ran.err, /was measured here/);
});

test('a log whose records all failed has nothing to measure, and says so', async () => {
  const text = readFileSync(path.join(cwd, LOG), 'utf8').split('\n').filter((l) => !l.startsWith('# {"trial"')).join('\n');
  writeFileSync(path.join(cwd, 'failed.jsonl'), text.replaceAll(/"r": ?\[\[[^\]]*\], ?\d+/g, '"r": [[10000000000.0], 2'));
  const ran = await ansor(['log', 'remeasure', 'failed.jsonl', ...WASM], { cwd });
  assert.equal(ran.status, 0, ran.err);
  assert.match(ran.err, /failed\.jsonl: every record of it failed: there is no program to measure again\n/);
  assert.doesNotMatch(ran.err, /was measured here/);
});

test('the best of another machine gets a record of this one, once', async () => {
  const other = path.join(cwd, 'other.jsonl');
  writeFileSync(other, readFileSync(path.join(cwd, LOG), 'utf8').replace(/"cpu":"[^"]*"/, '"cpu":"A CPU of long ago"'));
  const old = recordsOf(other);
  const ran = await ansor(['log', 'remeasure', 'other.jsonl', ...WASM], { cwd });
  assert.equal(ran.status, 0, ran.err);
  assert.match(ran.err, /measured on another CPU: A CPU of long ago\): .* ms there, .* ms here/);
  const { lines, problems } = readLog(readFileSync(other, 'utf8'));
  assert.deepEqual(problems, []);
  const records = lines.flatMap((l) => (l.kind === 'record' ? [l] : []));
  assert.equal(records.length, old.length + 1);
  const fresh = records.at(-1);
  const note = lines.flatMap((l) => (l.kind === 'trial' && l.note.line === fresh?.line ? [l.note] : []))[0];
  const source = records.find((r) => r.line === note?.source?.line);
  assert.equal(fresh?.record.result.errorNo, 0);
  assert.deepEqual(fresh?.record.steps, source?.record.steps);
  assert.equal(note?.source?.from, 'machine');
  const session = lines.findLast((l) => l.kind === 'session');
  assert.ok(session?.kind === 'session' && session.note.host?.cpu !== 'A CPU of long ago');
  const second = await ansor(['log', 'remeasure', 'other.jsonl', ...WASM], { cwd });
  assert.deepEqual([second.status, recordsOf(other).length], [0, old.length + 1]);
  assert.match(second.err, /nothing to measure/);
});

test('a program is measured with as many threads as it was made for', async () => {
  const tuned = await ansor(['tune', 'mm.tc', '--target', 'wasm', '--threads', '1', '--trials', '2', '--log', 'one.jsonl', '--json'], { cwd });
  assert.equal(tuned.status, 0, tuned.err);
  const one = path.join(cwd, 'one.jsonl');
  writeFileSync(one, readFileSync(one, 'utf8').replace(/"cpu":"[^"]*"/, '"cpu":"A CPU of long ago"'));
  const ran = await ansor(['log', 'remeasure', 'one.jsonl', '--target', 'wasm'], { cwd });
  assert.equal(ran.status, 0, ran.err);
  const targets = recordsOf(one).map((r) => r.target);
  assert.equal(targets.length, 3);
  assert.equal(new Set(targets).size, 1, targets.join('\n'));
  const asked = await ansor(['log', 'remeasure', 'one.jsonl', '--target', 'wasm', '--threads', '2', '--all'], { cwd });
  assert.equal(asked.status, 0, asked.err);
  assert.match(recordsOf(one).at(-1)?.target ?? '', /-num-cores=2\b/);
});

test('a record without a known operator is named, not guessed; a file without records is wrong', async () => {
  const bare = readFileSync(path.join(cwd, LOG), 'utf8').split('\n').filter((l) => !l.startsWith('#')).join('\n').replaceAll(/\[\\"[0-9a-f]{32}\\"/g, '[\\"00000000000000000000000000000000\\"');
  writeFileSync(path.join(cwd, 'bare.jsonl'), bare);
  const ran = await ansor(['log', 'remeasure', 'bare.jsonl', ...WASM], { cwd });
  assert.match(ran.err, /bare\.jsonl:\d+: the operator of .* is not known/);
  assert.equal(readFileSync(path.join(cwd, 'bare.jsonl'), 'utf8'), bare);
  const none = await ansor(['log', 'remeasure', 'mm.tc', ...WASM], { cwd });
  assert.deepEqual([none.status, none.out], [1, '']);
});

test('devices --check builds and runs a real program and tells what there is', async () => {
  const report = document<SetupReport>(await ansor(['devices', '--check', '--json'], { cwd }));
  const wasm = report.devices.find((d) => d.target === 'wasm');
  assert.equal(wasm?.kernelProblem, undefined);
  assert.ok((wasm?.kernel?.scheduledMs ?? 0) > 0 && (wasm?.kernel?.naiveMs ?? 0) > 0);
  assert.deepEqual(report.folders.map((f) => [f.purpose, f.writable]), [['cache', true], ['log', true], ['sessions', true]]);
  assert.ok(report.wasm.simd && report.wasm.threads && report.clockMs < 1);
  assert.ok(report.devices.find((d) => d.target === 'c')?.available !== true || report.compilers.some((c) => c.version !== null));
});

test('devices --no-run starts nothing; with an empty path there is no compiler, and wasm works', async () => {
  const looked = document<SetupReport>(await ansor(['devices', '--no-run', '--json'], { cwd }));
  assert.deepEqual([looked.ran, looked.devices, looked.compilers], [false, [], []]);
  const bare = document<SetupReport>(await ansor(['devices', '--check', '--json'], { cwd, env: { PATH: '' } }));
  assert.deepEqual(bare.compilers.map((c) => c.version), [null, null, null, null]);
  assert.deepEqual(bare.devices.map((d) => [d.target, d.available, d.kernel !== undefined]), [['c', false, false], ['wasm', true, true]]);
});
