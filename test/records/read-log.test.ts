/** Reading whole logs: notes, damaged lines, logs cut anywhere, logs that grow. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createRng } from '../../server/src/base/rng.js';
import { findBest, meanCost } from '../../server/src/records/best.js';
import { formatNote, type LogNote } from '../../server/src/records/comments.js';
import { decodeWorkloadKey, distanceFactor, sameWorkload } from '../../server/src/records/keys.js';
import { bestSoFar, indexLog } from '../../server/src/records/log-index.js';
import { logStart, readAppended, readLog, readUnfinished } from '../../server/src/records/read-log.js';

const ORACLE = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/oracle');
const softmax = readFileSync(join(ORACLE, 'records/softmax_1536_128.json'), 'utf8');

const NOTES: LogNote[] = [
  { kind: 'session', note: { version: '0.1.0', target: 'llvm -keys=cpu', backend: 'c', flags: ['-O2'], host: { cpu: 'a CPU', cores: 2 }, compiler: 'gcc 12', seed: 7, options: { level: 3 }, model: { hash: 'ab', tasks: [{ key: '["x"]', weight: 2 }] } } },
  { kind: 'task', note: { key: '["softmax", 1536, 128]', name: 'softmax', flops: 786432, tc: 'def f(float(2) A) -> (B) {\n  B(i) = A(i)\n}\n' } },
  { kind: 'trial', note: { line: 3, predicted: 0.5, verdict: 'kept', rule: 'rfactor' } },
  { kind: 'extended', note: { steps: [['TS', 1]] } },
];

test('notes survive writing and reading; other comments stay text', () => {
  const { lines, problems } = readLog(`${NOTES.map(formatNote).join('\n')}\n# a plain comment\n a line that begins with a space\n# {"trial": {}}\n# {"task": \n`);
  assert.deepEqual(lines.slice(0, 4), NOTES.map((note, k) => ({ line: k + 1, ...note })));
  assert.deepEqual(lines.slice(4).map((line) => line.kind), ['comment', 'comment', 'comment', 'comment']);
  assert.deepEqual(problems, [{ line: 7, column: 1, message: 'the trial note needs a line' }, { line: 8, column: 1, message: 'this note is not JSON' }]);
});

test('a log cut at any byte: nothing thrown, at most one record lost', () => {
  const golden = readFileSync(join(ORACLE, '../logs/golden.ansor.jsonl'), 'utf8');
  const bytes = Buffer.from(`# {"task": {"key": "k", "name": "größer", "flops": 1, "tc": ""}}\n${golden}`);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const part = bytes.subarray(0, cut);
    const whole = part.filter((byte) => byte === 10).length;
    const { lines, problems } = readLog(part.toString('utf8'));
    assert.ok(lines.length >= whole && lines.length <= whole + 1, `cut at ${cut}`);
    assert.ok(problems.every((problem) => problem.line === whole + 1), `cut at ${cut}`);
    assert.ok(lines.length + problems.length <= whole + 2);
  }
});

test('one damaged line spoils one record', () => {
  const all = softmax.trimEnd().split('\n');
  const damaged = all.map((line, k) => (k === 5 ? line.replace('"i"', '"i') : k === 9 ? '{}' : line));
  const { lines, problems } = readLog(`\ufeff${damaged.join('\r\n')}\r\n\r\n`);
  assert.deepEqual(problems.map((p) => p.line), [6, 10]);
  assert.deepEqual(lines.map((l) => l.line), all.map((_, k) => k + 1).filter((n) => n !== 6 && n !== 10));
});

test('a log read in pieces is the log read whole', () => {
  const whole = readLog(softmax);
  for (const size of [1, 7, 400, 5000]) {
    let tail = logStart;
    const lines = [];
    for (let at = 0; at < softmax.length; at += size) {
      const more = readAppended(tail, softmax.slice(at, at + size));
      lines.push(...more.lines);
      tail = more.tail;
    }
    assert.deepEqual(lines, whole.lines);
    assert.deepEqual(readUnfinished(tail), { lines: [], problems: [] });
  }
});

test('the index of a log: tasks, best records, notes', () => {
  const all = softmax.trimEnd().split('\n');
  const failed = (all[0] ?? '').replace(/"r": \[\[.*?\], 0,/, '"r": [[1e+10], 6,');
  const matmul = readFileSync(join(ORACLE, 'records/matmul_512.json'), 'utf8').split('\n')[0] ?? '';
  const log = readLog([formatNote(NOTES[1] as LogNote), failed, all[0], formatNote({ kind: 'trial', note: { line: 3, predicted: 0.25 } }), matmul, ...all.slice(1)].join('\n'));
  const index = indexLog(log.lines);
  assert.deepEqual(index.tasks.map((t) => [t.workloadKey, t.records.length, t.errors]), [['["softmax", 1536, 128]', all.length + 1, 1], ['["matmul", 512, 512, 512]', 1, 0]]);
  const task = index.tasks[0];
  assert.equal(task?.note?.name, 'softmax');
  assert.equal(task?.records[1]?.trial?.predicted, 0.25);
  const lowest = Math.min(...all.map((line) => (JSON.parse(line) as { r: [[number]] }).r[0][0]));
  assert.equal(meanCost(task?.best?.record.result ?? { costs: [], errorNo: 8, allCost: 0, timestamp: 0 }), lowest);
  const curve = task === undefined ? [] : bestSoFar(task);
  assert.equal(curve[0], undefined);
  assert.equal(curve.at(-1), lowest);
  const records = log.lines.flatMap((line) => (line.kind === 'record' ? [line.record] : []));
  assert.equal(findBest(records, { workloadKey: '["softmax", 1536, 128]', target: 'llvm -mcpu=other' })?.cost, lowest);
  assert.equal(findBest(records, { workloadKey: '["softmax", 3072, 128]', includeCompatible: true })?.cost, lowest * 2);
  assert.equal(findBest(records, { workloadKey: '["softmax", 3072, 128]' }), undefined);
  assert.equal(findBest(records, { target: 'cuda' }), undefined);
});

test('comparing workload keys', () => {
  const factor = (a: string, b: string): number => {
    const [x, y] = [decodeWorkloadKey(a), decodeWorkloadKey(b)];
    assert.ok(x !== undefined && y !== undefined);
    return distanceFactor(x, y);
  };
  const cases: [string, string, number][] = [
    ['["h", [1, 512], [8, 8]]', '["h", 1, 512, 8, 8]', 1],
    ['["h", [4, 512]]', '["h", [2, 128]]', 8],
    ['["h", [2, 512]]', '["h", [4, 512]]', Infinity],
    ['["h", 0, 4]', '["h", 0, 4]', 1],
    ['["h", 4]', '["h", 0]', Infinity],
    ['["h", 4, "float32"]', '["h", 4, "float16"]', Infinity],
    ['["h", 4]', '["h", 4, "x:00000000"]', Infinity],
    ['["g", 4]', '["h", 4]', Infinity],
  ];
  for (const [a, b, expected] of cases) assert.equal(factor(a, b), expected, `${a} ${b}`);
  assert.equal(sameWorkload('["h", [1, 2]]', '["h", 1, 2]'), true);
  assert.equal(sameWorkload('["h", 4]', '["h", 2]'), false);
  assert.equal(decodeWorkloadKey('softmax'), undefined);
});

test('damaged text: nothing thrown, every problem has its place', () => {
  const rng = createRng(7);
  const wild = readFileSync(join(ORACLE, 'wild-records.jsonl'), 'utf8').split('\n').slice(0, 64).map((line) => line.slice(line.indexOf('"record": ') + 10, -1));
  const pieces = ['"', '[', ']', '{', '}', ',', '\\', '\n', '\t', '#', ' ', 'null', '-1', '1e999', '"SP"', '\u0000', 'é', '0'];
  let problems = 0;
  for (let run = 0; run < 3000; run++) {
    let text = wild[rng.int(wild.length)] ?? '';
    for (let edits = rng.int(3); edits >= 0; edits--) {
      const at = rng.int(text.length);
      text = text.slice(0, at) + (pieces[rng.int(pieces.length)] ?? '') + text.slice(at + rng.int(4));
    }
    const log = readLog(text);
    const physical = text.split('\n');
    for (const problem of log.problems) {
      problems++;
      const line = physical[problem.line - 1];
      assert.ok(line !== undefined && problem.column >= 1 && problem.column <= line.length + 1, JSON.stringify(problem));
      assert.ok(problem.message.length > 0 && !problem.message.includes('undefined'), problem.message);
    }
  }
  assert.ok(problems > 1000);
});
