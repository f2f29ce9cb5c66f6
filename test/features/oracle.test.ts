/** Features of replayed records against the original's, number by number. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FeatureExtractor } from '../../server/src/features/extractor.js';
import { FEATURE_NAMES } from '../../server/src/features/names.js';
import { ROW_LENGTH } from '../../server/src/features/layout.js';
import { lower } from '../../server/src/lower/lower.js';
import { replay } from '../../server/src/schedule/apply.js';
import { stepsOf, workloads } from '../schedule/oracle.js';
import { oracleFeatures, rowsDifference, rowsOf } from './oracle-features.js';

/** Share of all numbers that may differ. */
const ALLOWED = 0.001;

const extractor = new FeatureExtractor();
for (const workload of workloads()) {
  test(`${workload.name}: features`, () => {
    const { hardware, samples } = oracleFeatures(workload.name);
    assert.equal(samples.length, workload.samples.length);
    let numbers = 0;
    const differences: string[] = [];
    const validity: string[] = [];
    workload.samples.forEach((sample, i) => {
      const theirs = samples[i] ?? [];
      const program = lower(replay(workload.dag, stepsOf(sample.record)), { constantMatrices: 'one' });
      const ours = rowsOf(extractor.extract(program, hardware));
      if (ours.length > 0 !== theirs.length > 0) validity.push(`sample ${i} is ${theirs.length > 0 ? 'valid' : 'invalid'} to the original`);
      numbers += theirs.length * ROW_LENGTH;
      for (const column of rowsDifference(ours, theirs)) differences.push(`sample ${i}: ${FEATURE_NAMES[column]}`);
    });
    assert.deepEqual(validity, []);
    assert.ok(numbers > 0);
    assert.ok(differences.length <= ALLOWED * numbers, `${differences.length} of ${numbers} numbers differ, ${differences.slice(0, 10).join('; ')}`);
  });
}
