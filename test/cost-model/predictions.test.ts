/** From log lines to scores: records replayed, lowered and measured by our features get the scores that the original's models gave them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gbdtFromXgboost } from '../../server/src/cost-model/xgboost-json.js';
import { FeatureExtractor } from '../../server/src/features/extractor.js';
import { lower } from '../../server/src/lower/lower.js';
import { readLog } from '../../server/src/records/read-log.js';
import { replay } from '../../server/src/schedule/apply.js';
import { rowsOf } from '../features/oracle-features.js';
import { ORACLE, tcDag } from '../schedule/oracle.js';
import { batchOf, readZipped } from './measured.js';
import { possibleScores } from './tied-orders.js';

const TOLERANCE = 1e-3;
/** Share of states, tied slots in the order that the original had when it predicted. */
const WANTED = 0.97;
/** In our order of tied slots. The original's own rows, extracted once more, reach about as much. */
const AT_ONCE = 0.95;

const predictions = JSON.parse(readFileSync(join(ORACLE, 'xgb/predictions.json'), 'utf8')) as Record<string, number[]>;

test('predictions for the first records of each measured log', (t) => {
  const extractor = new FeatureExtractor();
  let [states, atOnce, close] = [0, 0, 0];
  const misses: string[] = [];
  for (const [name, expected] of Object.entries(predictions)) {
    const model = gbdtFromXgboost(readZipped(`xgb/${name}.model.json.gz`));
    assert.ok(model.ok);
    const dag = tcDag(name);
    const records = readLog(readFileSync(join(ORACLE, 'records', `${name}.json`), 'utf8')).lines.flatMap((l) => (l.kind === 'record' ? [l.record] : []));
    const features = records.slice(0, expected.length).map((record) => {
      assert.ok(record.hardware !== undefined);
      return rowsOf(extractor.extract(lower(replay(dag, record.steps), { constantMatrices: 'one' }), record.hardware));
    });
    const scores = model.value.predict(batchOf(features));
    assert.equal(scores.length, expected.length);
    expected.forEach((score, i) => {
      states++;
      if (Math.abs((scores[i] ?? NaN) - score) <= TOLERANCE) atOnce++;
      const possible = Math.abs((scores[i] ?? NaN) - score) <= TOLERANCE ? [score] : possibleScores(model.value, features[i] ?? []);
      if (possible.some((p) => Math.abs(p - score) <= TOLERANCE)) close++;
      else misses.push(`${name}:${i + 1} ${scores[i]} not ${score}`);
    });
  }
  t.diagnostic(`${close} of ${states}, ${atOnce} in our order of tied slots`);
  assert.ok(close >= WANTED * states, `${close} of ${states}: ${misses.join('; ')}`);
  assert.ok(atOnce >= AT_ONCE * states, `${atOnce} of ${states} in our order of tied slots`);
});
