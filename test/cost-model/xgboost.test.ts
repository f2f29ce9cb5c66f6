/** XGBoost models that the original trained predict here what they predicted there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GbdtModel } from '../../server/src/cost-model/gbdt-model.js';
import { gbdtFromXgboost } from '../../server/src/cost-model/xgboost-json.js';
import { SLOT, SLOT_COUNT, SLOT_LENGTH, SLOTS } from '../../server/src/features/layout.js';
import { batchOf, measured, readZipped } from './measured.js';

const TOLERANCE = 1e-5;

function permutations<T>(items: readonly T[]): T[][] {
  return items.length < 2 ? [[...items]] : items.flatMap((item, i) => permutations(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]));
}

/** A row in all orders of its slots with equal lines and bytes: the original orders these by addresses. */
function tiedOrders(row: readonly number[]): number[][] {
  const slots = Array.from({ length: SLOT_COUNT }, (_, s) => row.slice(SLOTS + s * SLOT_LENGTH, SLOTS + (s + 1) * SLOT_LENGTH));
  const key = (slot: readonly number[] | undefined): string => `${slot?.[SLOT.lines]} ${slot?.[SLOT.bytes]}`;
  return permutations([0, 1, 2, 3, 4])
    .filter((order) => order.every((from, to) => key(slots[from]) === key(slots[to])))
    .map((order) => [...row.slice(0, SLOTS), ...order.flatMap((from) => slots[from] ?? []), ...row.slice(SLOTS + SLOT_COUNT * SLOT_LENGTH)]);
}

/** Every sum that the rows' orders allow, as far as they differ. */
function possibleScores(model: GbdtModel, rows: readonly (readonly number[])[]): number[] {
  return rows.reduce<number[]>((sums, row) => {
    const scores = new Set(model.predictRows(batchOf([tiedOrders(row)]).rows));
    return sums.flatMap((sum) => [...scores].map((score) => sum + score));
  }, [0]);
}

for (const [name, { features, predictions }] of Object.entries(measured())) {
  test(`${name}: predictions of the original's model`, () => {
    const model = gbdtFromXgboost(readZipped(`xgb/${name}.model.json.gz`));
    assert.ok(model.ok);
    const scores = model.value.predict(batchOf(features));
    let direct = 0;
    predictions.forEach((expected, i) => {
      if (Math.abs((scores[i] ?? NaN) - expected) <= TOLERANCE) direct++;
      else {
        const closest = Math.min(...possibleScores(model.value, features[i] ?? []).map((score) => Math.abs(score - expected)));
        assert.ok(closest <= TOLERANCE, `program ${i}: ${scores[i]}, expected ${expected}; best order of tied slots is off by ${closest}`);
      }
    });
    assert.ok(direct >= predictions.length * 0.85, `${direct} of ${predictions.length} without reordering`);
  });
}

const BROKEN: readonly [string, unknown][] = [
  ['nothing', null],
  ['another JSON', { learner: {} }],
  ['another number of features', { learner: { gradient_booster: { model: { trees: [] } }, learner_model_param: { num_feature: '10', base_score: '0.5' } } }],
  ['a tree that leads back to itself', { learner: { gradient_booster: { model: { trees: [{ left_children: [0], right_children: [0], split_indices: [1], split_conditions: [1] }] } }, learner_model_param: { num_feature: '164', base_score: '0.5' } } }],
  ['a child that is not there', { learner: { gradient_booster: { model: { trees: [{ left_children: [1], right_children: [2], split_indices: [1], split_conditions: [1] }] } }, learner_model_param: { num_feature: '164', base_score: '0.5' } } }],
];
for (const [name, json] of BROKEN) test(`not a model: ${name}`, () => assert.equal(gbdtFromXgboost(json).ok, false));
