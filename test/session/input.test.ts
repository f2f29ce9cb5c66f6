/** Tasks of an input: keys, weights, equal and colliding operators; constants as bytes. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { plainKey } from '../../server/src/dag/text.js';
import { elementBytes } from '../../server/src/ir/element-bytes.js';
import { readInput } from '../../server/src/session/input.js';
import { withKeysOfLog } from '../../server/src/session/known-operators.js';
import { roundSize } from '../../server/src/session/tune/options.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ansor-input-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const sum = (name: string, type: string): string => `def ${name}(${type}(24, 16) A) -> (B) { B(i) +=! A(i, j) }\n`;

function tasksOf(text: string): ReturnType<typeof readInput>['tasks'] {
  const file = path.join(folder, 'in.tc');
  writeFileSync(file, text);
  return readInput(file).tasks;
}

test('two operators of one key: the later gets a distinguishing element; equal ones are one task', () => {
  const tasks = tasksOf(sum('a', 'float') + sum('b', 'int32') + sum('c', 'float') + sum('d', 'double') + sum('e', 'int32') + sum('f', 'int32'));
  assert.deepEqual(tasks.map((t) => [t.name, t.weight]), [['a', 2], ['b', 3], ['d', 1]]);
  assert.equal(new Set(tasks.map((t) => t.key)).size, 3);
  assert.equal(new Set(tasks.map((t) => plainKey(t.key))).size, 1);
  assert.equal(tasks[0]?.key, plainKey(tasks[0]?.key ?? ''));
  for (const t of tasks.slice(1)) assert.match(t.key, /, "x:[0-9a-f]{8}"\]$/);
});

test('a log may know another operator under a key', () => {
  const file = path.join(folder, 'in.tc');
  writeFileSync(file, sum('mine', 'float'));
  const input = readInput(file);
  const [task] = input.tasks;
  assert.ok(task !== undefined);
  const keyWith = (tc: string): string | undefined => withKeysOfLog(input, new Map([[task.key, { key: task.key, name: 'x', flops: 1, tc }]])).tasks[0]?.key;
  assert.equal(withKeysOfLog(input, new Map()).tasks[0]?.key, task.key);
  assert.equal(keyWith(task.tc), task.key);
  assert.equal(keyWith(sum('other_name', 'float')), task.key);
  assert.equal(keyWith('not readable'), task.key);
  const other = keyWith(sum('mine', 'int32'));
  assert.match(other ?? '', /, "x:[0-9a-f]{8}"\]$/);
  // The key that it would have got as the later one of an input.
  assert.equal(other, tasksOf(sum('first', 'int32') + sum('mine', 'float'))[1]?.key);
});

test('rounds: three a task, all tasks reached, at most 64', () => {
  const size = (trials: number, tasks: number): number => roundSize({ trials, round: undefined }, tasks);
  assert.deepEqual([size(3, 5), size(21, 20), size(40, 18), size(400, 20), size(100000, 3), size(8, 1), size(2, 1)], [1, 1, 2, 7, 64, 4, 2]);
  assert.equal(roundSize({ trials: 3, round: 9 }, 2), 9);
});

test('elements as they lie in memory', () => {
  const hex = (values: number[], type: Parameters<typeof elementBytes>[1]): string => Buffer.from(elementBytes(Float64Array.from(values), type)).toString('hex');
  assert.equal(hex([1, -2, 0.1], 'float32'), '0000803f000000c0cdcccc3d');
  assert.equal(hex([1, -2, 0.1, 65504, 2 ** -24, 2 ** -14, Infinity, 0], 'float16'), '003c00c0662eff7b01000004007c0000');
  assert.equal(hex([1, -2, 0.1], 'bfloat16'), '803f00c0cd3d');
  assert.equal(hex([1, -1], 'float64'), '000000000000f03f000000000000f0bf');
  assert.equal(hex([-1, 258], 'int64'), 'ffffffffffffffff0201000000000000');
  assert.equal(hex([-1, 258], 'int16'), 'ffff0201');
  assert.equal(hex([-1, 127], 'int8'), 'ff7f');
  assert.equal(hex([255, 3], 'uint8'), 'ff03');
  assert.equal(hex([0, 7], 'bool'), '0001');
  const given = Float32Array.of(1, 2);
  assert.equal(elementBytes(given, 'float32').buffer, given.buffer, 'no copy of weights');
});
