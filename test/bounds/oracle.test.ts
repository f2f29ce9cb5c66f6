/** Bound inference against the original: the state text after inference of every sample, byte for byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inferBounds } from '../../server/src/bounds/infer-bounds.js';
import { replay } from '../../server/src/schedule/apply.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { stepsOf, workloads } from '../schedule/oracle.js';

for (const workload of workloads()) {
  test(`${workload.name}: bound state texts`, () => {
    assert.ok(workload.samples.length > 0);
    for (const sample of workload.samples) {
      const bound = inferBounds(replay(workload.dag, stepsOf(sample.record)));
      assert.equal(stateText(bound), sample.bound_state_text);
    }
  });
}
