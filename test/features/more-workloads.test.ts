/**
 * Workloads beside the fourteen (pools, layer norm, grouped, dilated and strided convolutions, NCHW, GELU, ...): the original was given
 * schedules that our search drew, and said what it makes of them: sketches, bound state texts, Python text, features.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { inferBounds } from '../../server/src/bounds/infer-bounds.js';
import { FeatureExtractor } from '../../server/src/features/extractor.js';
import { parseTarget } from '../../server/src/hardware/parse.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { lower } from '../../server/src/lower/lower.js';
import { replay } from '../../server/src/schedule/apply.js';
import { pythonText } from '../../server/src/schedule/python-text.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { generateSketches } from '../../server/src/sketch/generate.js';
import { ORACLE, stepsOf, type RecordJson } from '../schedule/oracle.js';
import { hardwareOf, rowsDifference, rowsOf } from './oracle-features.js';

interface Sample { readonly record: RecordJson; readonly bound: string; readonly python: string; readonly features: readonly number[][] }
interface Workload { readonly name: string; readonly tc: string; readonly target: string; readonly hardware: readonly number[]; readonly sketches: readonly string[]; readonly samples: readonly Sample[] }

const workloads = JSON.parse(gunzipSync(readFileSync(join(ORACLE, 'more.json.gz'))).toString('utf8')) as readonly Workload[];
const extractor = new FeatureExtractor();

for (const { name, tc, target: text, hardware: numbers, sketches, samples } of workloads) {
  test(`${name}: sketches, and ${samples.length} schedules`, () => {
    const dag = parseTc(tc).defs[0]?.dag;
    const target = parseTarget(text);
    assert.ok(dag !== undefined && target.ok);
    const hardware = hardwareOf(numbers);
    assert.deepEqual(generateSketches({ dag, target: target.value, hardware }).map((s) => stateText(s)), sketches);
    for (const { record, bound, python, features } of samples) {
      const state = replay(dag, stepsOf(record));
      assert.equal(stateText(inferBounds(state)), bound);
      assert.equal(pythonText(state), python);
      const ours = rowsOf(extractor.extract(lower(state, { constantMatrices: 'one' }), hardware));
      assert.equal(ours.length > 0, features.length > 0);
      assert.deepEqual(rowsDifference(ours, features), []);
    }
  });
}
