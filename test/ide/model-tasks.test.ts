import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { modelTasks, modelTotals } from '../../server/src/ide/model/model-view.js';
import { RecordIndex } from '../../server/src/ide/table/record-index.js';
import type { ModelTask } from '../../server/src/protocol/model-view.js';
import { readInput } from '../../server/src/session/input.js';
import { recordText } from '../harness/record-text.js';

const { tasks, siblings = [] } = readInput(fileURLToPath(new URL('../fixtures/models/resnet18.onnx', import.meta.url)));

function seen(lines: readonly string[]): ModelTask[] {
  const index = new RecordIndex();
  index.addText(`${lines.join('\n')}\n`);
  return modelTasks(tasks, siblings, index);
}
const conv = tasks.find((task) => siblings.some(({ of }) => of === task.key));
const [four, two] = siblings.filter(({ of }) => of === conv?.key);

test('the best time of a task is that of its fastest algorithm, whose record it names', () => {
  assert.ok(conv !== undefined && two !== undefined && four !== undefined);
  const direct = seen([recordText(conv.key, 4)]).find(({ key }) => key === conv.key);
  assert.deepEqual([direct?.bestMs, direct?.bestLine, direct?.records], [4, 1, 1]);
  assert.deepEqual(direct?.algorithms.map(({ name, bestMs, records }) => [name, bestMs, records]), [['direct', 4, 1], ['winograd F(4, 3)', null, 0], ['winograd F(2, 3)', null, 0]]);
  const both = seen([recordText(conv.key, 4), recordText(four.task.key, 2), recordText(two.task.key, 3), recordText(four.task.key, 5)]).find(({ key }) => key === conv.key);
  assert.deepEqual([both?.bestMs, both?.bestLine, both?.records, both?.gflops], [2, 2, 4, conv.flops / 2 / 1e6]);
  assert.deepEqual(both?.algorithms.map(({ bestMs, bestLine }) => [bestMs, bestLine]), [[4, 1], [2, 2], [3, 3]]);
  assert.ok((both?.algorithms[1]?.flops ?? Infinity) < conv.flops);
});

test('a network is covered where any algorithm of a task has a result', () => {
  const last = new Map(siblings.map(({ of, task }) => [of, task.key]));
  const found = seen(tasks.map(({ key }) => recordText(last.get(key) ?? key, 1)));
  const { coverage, latencyMs } = modelTotals(found);
  assert.deepEqual([coverage, latencyMs], [1, tasks.reduce((n, { weight }) => n + weight, 0)]);
  assert.equal(modelTotals(seen([])).latencyMs, null);
});
