/** Samples of several tasks, the random model, and the metrics. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import { pairAccuracy, peakAtK, recallAtK, rmse } from '../../server/src/cost-model/metrics.js';
import { createRandomModel } from '../../server/src/cost-model/random-model.js';
import { SampleStore } from '../../server/src/cost-model/samples.js';
import { ROW_LENGTH } from '../../server/src/features/layout.js';

const rows = (n: number, value: number): Float32Array => new Float32Array(n * ROW_LENGTH).fill(value);

test('throughputs are relative to the best of each task, 0 for failures', () => {
  const store = new SampleStore();
  store.add('a', rows(2, 1), 4e-3);
  store.add('b', rows(1, 2), 1e10);
  store.add('a', rows(3, 3), 1e-3);
  store.add('a', rows(0, 0), 1e-6);
  store.add('c', rows(1, 4), 5);
  store.add('a', rows(300, 5), 1e10);
  const { features, throughputs } = store.trainingSamples();
  assert.equal(store.count, 5);
  assert.deepEqual([...throughputs], [0.25, 0, 1, 1, 0]);
  assert.deepEqual([...features.start], [0, 2, 3, 6, 7, 307]);
  assert.deepEqual([0, 2, 3, 6, 7, 306].map((row) => features.rows[row * ROW_LENGTH]), [1, 2, 3, 4, 5, 5]);
  store.add('b', rows(1, 6), 2);
  store.add('a', rows(1, 6), 5e-4);
  assert.deepEqual([...store.trainingSamples().throughputs], [0.125, 0, 0.5, 1, 0, 1, 1]);
  assert.deepEqual([...throughputs], [0.25, 0, 1, 1, 0], 'samples taken before do not change');
});

test('the random model scores what has features', () => {
  const batch = { rows: rows(3, 1), start: Int32Array.from([0, 1, 1, 3]) };
  const scores = createRandomModel(createRng(1)).predict(batch);
  assert.equal(scores[1], -Infinity);
  for (const p of [0, 2]) assert.ok((scores[p] ?? -1) >= 0 && (scores[p] ?? 1) < 1);
  assert.deepEqual(createRandomModel(createRng(1)).predict(batch), scores);
});

const labels = [0.1, 0.9, 0.5, 1, 0.5];
const METRICS: readonly [string, number, number][] = [
  ['perfect order', pairAccuracy([1, 4, 2, 5, 3], labels), 1],
  ['reverse order', pairAccuracy([5, 2, 4, 1, 3], labels), 0],
  ['equal scores', pairAccuracy([1, 1, 1, 1, 1], labels), 0.5],
  ['failed programs last', pairAccuracy([-Infinity, 1], [0, 1]), 1],
  ['failed programs are equal', pairAccuracy([-Infinity, -Infinity], [0, 1]), 0.5],
  ['both of the two best found', recallAtK([0, 2, 0, 1, 0], labels, 2), 1],
  ['one of the two best found', recallAtK([5, 4, 3, 2, 1], labels, 2), 0.5],
  ['best within one', peakAtK([5, 4, 3, 2, 1], labels, 1), 0.1],
  ['best within two', peakAtK([5, 4, 3, 2, 1], labels, 2), 0.9],
  ['more than there are', peakAtK([5, 4, 3, 2, 1], labels, 99), 1],
  ['error', rmse([1, 2], [1, 4]), Math.SQRT2],
];
for (const [name, value, expected] of METRICS) test(`metrics: ${name}`, () => assert.ok(Math.abs(value - expected) < 1e-12, `${value}, expected ${expected}`));
