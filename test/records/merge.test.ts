/** Merging and distilling logs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { meanCost } from '../../server/src/records/best.js';
import { formatNote } from '../../server/src/records/comments.js';
import { distillLogs, mergeLogs } from '../../server/src/records/merge.js';
import { readLog } from '../../server/src/records/read-log.js';

const ORACLE = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/oracle');
const log = (name: string): string => readFileSync(join(ORACLE, 'records', name), 'utf8');
const KEY = '["softmax", 1536, 128]';
const note = formatNote({ kind: 'task', note: { key: KEY, name: 'softmax', flops: 1, tc: 'def f() -> () {}' } });

test('merging a log with itself and another: every program once, notes once, numbers of lines follow', () => {
  const softmax = log('softmax_1536_128.json').trimEnd().split('\n');
  const trial = formatNote({ kind: 'trial', note: { line: 2, verdict: 'kept' } });
  const one = [note, softmax[0], trial, ...softmax.slice(1)].join('\n');
  const two = `# hello\n${log('matmul_512.json')}${note}\n${softmax.join('\n')}`;
  const merged = mergeLogs([readLog(two).lines, readLog(one).lines]);
  const matmuls = new Set(log('matmul_512.json').trimEnd().split('\n').map((line) => JSON.stringify((JSON.parse(line) as { i: unknown }).i))).size;
  assert.equal(merged.records, matmuls + softmax.length);
  const { lines, problems } = readLog(merged.text);
  assert.deepEqual(problems, []);
  assert.equal(lines.filter((line) => line.kind === 'task').length, 1);
  // The first log's copies of the programs are the ones kept, so that a note on the second log's copy has no record any more.
  assert.equal(lines.filter((line) => line.kind === 'trial').length, 0);
  const reversed = readLog(mergeLogs([readLog(one).lines, readLog(two).lines]).text).lines;
  const about = reversed.find((line) => line.kind === 'trial');
  assert.ok(about?.kind === 'trial');
  const record = reversed.find((line) => line.line === about.note.line);
  assert.ok(record?.kind === 'record');
  assert.deepEqual(record.record, readLog(softmax[0] ?? '').lines.flatMap((line) => (line.kind === 'record' ? [line.record] : []))[0]);
});

test('a merged log merged again is the same', () => {
  const once = mergeLogs([readLog(`${note}\n${log('softmax_1536_128.json')}`).lines]).text;
  assert.equal(mergeLogs([readLog(once).lines]).text, once);
});

test('distilling keeps the best of each task and target', () => {
  const names = ['softmax_1536_128.json', 'matmul_512.json', 'conv2d_56_64.json'];
  const distilled = distillLogs([readLog(note).lines, ...names.map((name) => readLog(log(name)).lines)]);
  const best = readLog(distilled.text).lines.flatMap((line) => (line.kind === 'record' ? [line.record] : []));
  assert.equal(distilled.records, names.length);
  names.forEach((name, k) => {
    const costs = readLog(log(name)).lines.map((line) => (line.kind === 'record' ? meanCost(line.record.result) : Infinity));
    assert.equal(meanCost(best[k]?.result ?? { costs: [], errorNo: 8, allCost: 0, timestamp: 0 }), Math.min(...costs));
  });
  assert.equal(distilled.text.split('\n')[0], note);
  assert.equal(distillLogs([readLog(distilled.text).lines]).text, distilled.text);
});
