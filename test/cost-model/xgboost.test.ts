/** XGBoost models that the original trained predict here what they predicted there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gbdtFromXgboost } from '../../server/src/cost-model/xgboost-json.js';
import { batchOf, measured, readZipped } from './measured.js';
import { possibleScores } from './tied-orders.js';

const TOLERANCE = 1e-5;

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
