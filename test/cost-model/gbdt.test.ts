/** Training: learns known functions and measured programs, by weight, the same way each time; saved models predict the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng, type Rng } from '../../server/src/base/rng.js';
import { addForest } from '../../server/src/cost-model/forest.js';
import { DEFAULT_GBDT, trainGbdt, type GbdtParams } from '../../server/src/cost-model/gbdt.js';
import type { GbdtModel } from '../../server/src/cost-model/gbdt-model.js';
import { pairAccuracy, rmse } from '../../server/src/cost-model/metrics.js';
import type { TrainingSamples } from '../../server/src/cost-model/model.js';
import { gbdtFromJson, gbdtToJson } from '../../server/src/cost-model/model-json.js';
import { ROW_LENGTH } from '../../server/src/features/layout.js';
import { batchOf } from './measured.js';

/** Programs of one to four rows whose throughput is a sum over rows of a function of three columns. */
function synthetic(programs: number, rng: Rng): TrainingSamples {
  const throughputs: number[] = [];
  const features = Array.from({ length: programs }, () => {
    let y = 0;
    const rows = Array.from({ length: 1 + rng.int(4) }, () => {
      const row = new Array<number>(ROW_LENGTH).fill(0);
      const [a, b, c] = [rng.int(20), rng.real() * 10, rng.int(2)];
      row[1] = a;
      row[60] = b;
      row[26] = c;
      y += 0.02 * (a > 9 ? 4 : 1) + (c === 1 ? 0.01 * b : 0);
      return row;
    });
    throughputs.push(Math.min(1, y));
    return rows;
  });
  return { features: batchOf(features), throughputs: Float32Array.from(throughputs) };
}

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

test('learns a known function of rows from sums over programs', () => {
  const model = trainGbdt(synthetic(600, createRng(1)), { ...DEFAULT_GBDT, rounds: 150, gamma: 0 }, createRng(7));
  const fresh = synthetic(300, createRng(2));
  const scores = model.predict(fresh.features);
  const baseline = rmse(new Float32Array(fresh.throughputs.length).fill(mean(fresh.throughputs)), fresh.throughputs);
  assert.ok(rmse(scores, fresh.throughputs) < 0.25 * baseline, `${rmse(scores, fresh.throughputs)} against ${baseline}`);
  assert.ok(pairAccuracy(scores, fresh.throughputs) > 0.93);
});

const TRAININGS: readonly [string, Partial<GbdtParams>][] = [
  ['default', {}], ['half of the columns', { columnShare: 0.5 }], ['16 bins', { bins: 16 }], ['256 bins', { bins: 256 }], ['a least weight per leaf', { minChildWeight: 3 }],
];
for (const [name, params] of TRAININGS) {
  test(`equal streams and samples give equal models (${name})`, () => {
    const samples = synthetic(200, createRng(3));
    const train = (): GbdtModel => trainGbdt(samples, { ...DEFAULT_GBDT, ...params }, createRng(5));
    assert.deepEqual(gbdtToJson(train()), gbdtToJson(train()));
    assert.ok(rmse(train().predict(samples.features), samples.throughputs) < rmse(new Float32Array(200).fill(mean(samples.throughputs)), samples.throughputs));
  });
}

test('programs count by their throughput', () => {
  // Equal features, unequal labels: the model can only say one number, which must be the weighted mean.
  const features = batchOf([[new Array<number>(ROW_LENGTH).fill(1)], [new Array<number>(ROW_LENGTH).fill(1)], [new Array<number>(ROW_LENGTH).fill(2)]]);
  const samples = { features, throughputs: Float32Array.from([1, 0.1, 0.5]) };
  const score = (minWeight: number): number => trainGbdt(samples, { ...DEFAULT_GBDT, minWeight, rounds: 300, stopRounds: 300, lambda: 0, gamma: 0 }, createRng(1)).predict(features)[0] ?? NaN;
  assert.ok(Math.abs(score(0) - 1.01 / 1.1) < 1e-3, String(score(0)));
  assert.ok(Math.abs(score(1) - 0.55) < 1e-3, String(score(1)));
});

test('a saved model is the same model', () => {
  const samples = synthetic(100, createRng(4));
  const model = trainGbdt(samples, DEFAULT_GBDT, createRng(1), 12);
  const loaded = gbdtFromJson(JSON.parse(JSON.stringify(gbdtToJson(model))));
  assert.ok(loaded.ok);
  assert.equal(loaded.value.version, 12);
  assert.deepEqual(loaded.value.predict(samples.features), model.predict(samples.features));
});

const saved = (): Record<string, unknown> => ({ ...gbdtToJson(trainGbdt(synthetic(50, createRng(4)), DEFAULT_GBDT, createRng(1))) });
const WRONG: readonly [string, Record<string, unknown>, RegExp][] = [
  ['another format', { format: 'xgboost' }, /not a saved cost model/],
  ['another version', { version: 99 }, /another version/],
  ['other features', { featureVersion: 99 }, /features of another version/],
  ['a text among the numbers', { value: ['x'] }, /missing/],
  ['a child before its parent', { child: new Array(4).fill(0), column: [0, 0, 0, 0], value: [1, 1, 1, 1], roots: [0] }, /child/],
  ['a column too many', { child: [1, 0, 0], column: [164, -1, -1], value: [1, 1, 1], roots: [0] }, /column 164/],
];
for (const [name, change, message] of WRONG) {
  test(`not loaded: ${name}`, () => {
    const result = gbdtFromJson({ ...saved(), ...change });
    assert.ok(!result.ok);
    assert.match(result.error, message);
  });
}

test('programs without rows score -Infinity and teach nothing; no samples give a model', () => {
  const samples = synthetic(40, createRng(6));
  const model = trainGbdt(samples, DEFAULT_GBDT, createRng(1));
  const start = Int32Array.from([...samples.features.start, samples.features.start.at(-1) ?? 0]);
  const withEmpty = { features: { rows: samples.features.rows, start }, throughputs: Float32Array.from([...samples.throughputs, 0]) };
  assert.deepEqual(gbdtToJson(trainGbdt(withEmpty, DEFAULT_GBDT, createRng(1))), gbdtToJson(model));
  assert.equal(model.predict(withEmpty.features).at(-1), -Infinity);
  const none = trainGbdt({ features: { rows: new Float32Array(0), start: Int32Array.from([0]) }, throughputs: new Float32Array(0) }, DEFAULT_GBDT, createRng(1));
  assert.equal(none.predict(samples.features).length, 40);
});

test('the fast walk is the plain walk, negative numbers included', () => {
  const samples = synthetic(120, createRng(8));
  const model = trainGbdt(samples, { ...DEFAULT_GBDT, gamma: 0 }, createRng(1));
  const rng = createRng(9);
  for (const rows of [samples.features.rows, samples.features.rows.map((x) => x - 5), samples.features.rows.map((x) => x * rng.real())]) {
    const plain = new Float64Array(rows.length / ROW_LENGTH).fill(model.baseScore);
    addForest(model.forest, rows, ROW_LENGTH, plain);
    assert.deepEqual(model.predictRows(rows), plain);
  }
});
