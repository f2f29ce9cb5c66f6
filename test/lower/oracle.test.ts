/**
 * Lowering against the original: its program before features are read, every loop, condition and index in place.
 * Fixtures: the original's program texts as flat lines with numbered names (`program-text.ts`), by sample number.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lower } from '../../server/src/lower/lower.js';
import { replay } from '../../server/src/schedule/apply.js';
import { stepsOf, workloads, type Sample } from '../schedule/oracle.js';
import { programText } from './program-text.js';

const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/lower');

for (const workload of workloads()) {
  test(`${workload.name}: programs`, () => {
    const texts = JSON.parse(readFileSync(join(FIXTURES, `${workload.name}.json`), 'utf8')) as Record<string, string[]>;
    assert.ok(Object.keys(texts).length > 0);
    for (const [index, lines] of Object.entries(texts)) {
      const sample = workload.samples[Number(index)] as Sample;
      const program = lower(replay(workload.dag, stepsOf(sample.record)));
      assert.equal(programText(program), lines.join('\n'), `sample ${index}`);
    }
  });
}
