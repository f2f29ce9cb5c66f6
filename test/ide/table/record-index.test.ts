/** The index finds by scanning what the reader of logs finds by parsing. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RecordIndex } from '../../../server/src/ide/table/record-index.js';
import { parseFilter } from '../../../server/src/ide/table/filter.js';
import { queryRows, type Sort } from '../../../server/src/ide/table/query.js';
import { rulesOf, stepBit } from '../../../server/src/ide/table/step-kinds.js';
import { readLog } from '../../../server/src/records/read-log.js';
import { formatRecord } from '../../../server/src/records/format.js';
import { meanCost } from '../../../server/src/records/best.js';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));
const files = [
  path.join(fixtures, 'logs/golden.ansor.jsonl'), path.join(fixtures, 'oracle/wild-records.jsonl'),
  ...readdirSync(path.join(fixtures, 'oracle/records')).filter((n) => /\.jsonl?$/.test(n)).map((n) => path.join(fixtures, 'oracle/records', n)),
];

const latin = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function indexOf(text: string): RecordIndex {
  const index = new RecordIndex();
  index.addText(latin(text));
  return index;
}

function compare(text: string, name: string): number {
  const index = indexOf(text);
  const { lines } = readLog(text);
  const { columns } = index;
  let row = 0;
  for (const line of lines) {
    if (line.kind !== 'record' && line.kind !== 'autotvm') continue;
    const { result } = line.record;
    const at = `${name} line ${line.line}`;
    assert.equal(columns.line[row], line.line, at);
    assert.equal(columns.error[row], result.errorNo, at);
    if (result.errorNo === 0) assert.ok(Math.abs((columns.ms[row] ?? NaN) / (meanCost(result) * 1000) - 1) < 1e-12, at);
    else assert.ok(Number.isNaN(columns.ms[row]), at);
    assert.equal(columns.repeats[row], result.costs.length, at);
    assert.equal(columns.time[row], result.timestamp, at);
    assert.equal(columns.seconds[row], Math.fround(result.allCost), at);
    const { offset, bytes } = columns;
    const own = Buffer.from(text).subarray(offset[row] ?? 0, (offset[row] ?? 0) + (bytes[row] ?? 0)).toString('utf8');
    assert.equal(own, text.split('\n')[line.line - 1], at);
    if (line.kind === 'record') {
      const task = index.tasks[columns.task[row] ?? 0];
      assert.deepEqual([task?.key, task?.target], [line.record.workloadKey, line.record.target], at);
      assert.equal(columns.steps[row], line.record.steps.length, at);
    }
    row++;
  }
  assert.equal(columns.length, row, name);
  return row;
}

test('numbers, places and tasks are those of the reader, for every log we have', () => {
  let records = 0;
  for (const file of files) records += compare(readFileSync(file, 'utf8'), path.basename(file));
  assert.ok(records > 100, `${records} records compared`);
});

test('lines in another layout give the same numbers', () => {
  const text = readFileSync(path.join(fixtures, 'logs/golden.ansor.jsonl'), 'utf8');
  const tight = text.split('\n').map((line) => (line.startsWith('{') ? JSON.stringify(JSON.parse(line)) : line)).join('\n');
  assert.notEqual(tight, text);
  compare(tight, 'tight');
  const [a, b] = [indexOf(text), indexOf(tight)];
  for (let row = 0; row < a.columns.length; row++) {
    assert.equal(a.columns.kinds[row], b.columns.kinds[row], `row ${row}`);
    assert.equal(a.columns.task[row], b.columns.task[row], `row ${row}`);
  }
  assert.deepEqual(a.tasks, b.tasks);
});

test('pieces of any size give the same index; a last line without its end may get it later', () => {
  const text = readFileSync(path.join(fixtures, 'logs/golden.ansor.jsonl'), 'utf8');
  const whole = indexOf(text);
  const pieces = new RecordIndex();
  const lines = latin(text).split(/(?<=\n)/);
  for (const [i, line] of lines.entries()) {
    if (i % 3 === 0) {
      pieces.addText(line.slice(0, -1));
      pieces.addText('\n');
    } else pieces.addText(line);
  }
  assert.deepEqual([pieces.lines, pieces.bytes, pieces.columns.length], [whole.lines, whole.bytes, whole.columns.length]);
  for (let row = 0; row < whole.columns.length; row++) assert.deepEqual([pieces.columns.line[row], pieces.columns.offset[row]], [whole.columns.line[row], whole.columns.offset[row]]);
});

test('notes: names, FLOPs, weights, predictions, errors; damaged lines are counted', () => {
  const text = readFileSync(path.join(fixtures, 'logs/golden.ansor.jsonl'), 'utf8');
  const index = indexOf(`${text}{"i": [["damaged\nrubbish\n\n`);
  const first = index.tasks[0];
  assert.deepEqual([first?.name, first?.flops, first?.weight], ['matmul_bias_relu_128', 4227072, 1]);
  assert.equal(index.damagedCount, 2);
  const row = index.columns.rowOfLine(4);
  assert.equal(index.columns.predicted[row], Math.fround(0.71));
  assert.deepEqual(rulesOf(index.columns.kinds[row] ?? 0), ['multiLevelTiling', 'fusion', 'inline']);
  assert.ok(((index.columns.kinds[row] ?? 0) & stepBit('CI')) !== 0);
  assert.ok(index.errorNotes.size > 0);
});

test('filters and orders', () => {
  const text = [
    '# {"task":{"key":"[\\"k1\\", 4]","name":"conv","flops":1000000,"tc":"def a"}}',
    ...[[0.004, 0], [0.002, 0], [1e10, 7], [0.001, 0], [0.003, 0]].map(([cost, error], i) =>
      `{"i": [["[\\"k${i === 4 ? 2 : 1}\\", 4]", "llvm", [1, 16, 64, 0, 0, 0, 0, 0], "", 0, []], [[], [["SP", 0, 0, 4, [${i % 2 === 0 ? '1' : '1, 2'}], 1]]]], "r": [[${cost}], ${error}, 1.5, ${1000 + i}], "v": "v0.6"}`),
    '# {"trial":{"line":5,"predicted":0.5}}',
    '# {"trial":{"line":2,"rule":"borrowed","source":{"log":"other.ansor.jsonl","line":9,"from":"machine","unverified":true},"confirms":3}}',
    '# {"trial":{"line":3,"rule":"compatible","source":{"line":9,"from":"compatible","factor":4}}}', '',
  ].join('\n');
  const index = indexOf(text);
  const rows = (filter: string, sort?: Sort): number[] => {
    const parsed = parseFilter(filter);
    assert.ok(parsed.problem === undefined);
    return [...queryRows(index, parsed.terms, sort)];
  };
  assert.deepEqual(rows(''), [0, 1, 2, 3, 4]);
  assert.deepEqual(rows('@ms < 3.5'), [1, 3, 4]);
  assert.deepEqual(rows('@gflops > 0.4'), [1, 3]);
  assert.deepEqual(rows('error:timeout'), [2]);
  assert.deepEqual(rows('-error:any task:conv'), [0, 1, 3]);
  assert.deepEqual(rows('rule:multiLevelTiling'), [1, 3]);
  assert.deepEqual(rows('is:best'), [0, 1, 3, 4]);
  assert.deepEqual(rows('is:winner'), [3, 4]);
  assert.deepEqual(rows('is:predicted'), [3]);
  assert.deepEqual(rows('source:borrowed'), [0]);
  assert.deepEqual(rows('source:unverified'), [0]);
  assert.deepEqual(rows('source:compatible'), [1]);
  assert.deepEqual(rows('source:own'), [2, 3, 4]);
  assert.deepEqual(rows('', { field: 'ms', descending: false }), [3, 1, 4, 0, 2]);
  assert.deepEqual(rows('', { field: 'ms', descending: true }), [0, 4, 1, 3, 2]);
  assert.deepEqual(rows('', { field: 'task', descending: true }), [4, 0, 1, 2, 3]);
});

test('what is written is scanned, not parsed', () => {
  const text = readFileSync(path.join(fixtures, 'logs/golden.ansor.jsonl'), 'utf8');
  for (const line of readLog(text).lines) {
    if (line.kind !== 'record') continue;
    const index = indexOf(`${formatRecord(line.record)}\n`);
    assert.equal(index.columns.length, 1);
    assert.equal(index.columns.steps[0], line.record.steps.length);
  }
});
