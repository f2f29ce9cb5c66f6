/** Features of replayed records against the original's, number by number; its verdicts about what a GPU can run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FeatureExtractor } from '../../server/src/features/extractor.js';
import { ROW_LENGTH } from '../../server/src/features/layout.js';
import { FEATURE_NAMES } from '../../server/src/features/names.js';
import { lower } from '../../server/src/lower/lower.js';
import { replay } from '../../server/src/schedule/apply.js';
import { stepsOf, workloads } from '../schedule/oracle.js';
import { oracleFeatures, rowsDifference, rowsOf } from './oracle-features.js';

/** Shares of the numbers that are not zero to the original: over all of them, and in every column. */
const EQUAL = 0.999;
const EQUAL_IN_COLUMN = 0.99;
/** Share of the sampled states with the original's verdict. */
const VERDICTS = 0.99;

class Tally {
  readonly numbers = new Float64Array(ROW_LENGTH);
  readonly wrong = new Float64Array(ROW_LENGTH);
  states = 0;
  verdicts = 0;
}

const extractor = new FeatureExtractor();
const tallies = new Map<string, Tally>([['llvm', new Tally()], ['cuda', new Tally()]]);

for (const workload of workloads()) {
  test(`${workload.name}: features`, () => {
    const tally = tallies.get(workload.name.endsWith('.cuda') ? 'cuda' : 'llvm') ?? new Tally();
    const { hardware, samples } = oracleFeatures(workload.name);
    assert.equal(samples.length, workload.samples.length);
    const differences: string[] = [];
    workload.samples.forEach((sample, i) => {
      const theirs = samples[i] ?? [];
      const program = lower(replay(workload.dag, stepsOf(sample.record)), { constantMatrices: 'one' });
      const ours = rowsOf(extractor.extract(program, hardware));
      tally.states++;
      if (ours.length > 0 === theirs.length > 0) tally.verdicts++;
      else differences.push(`sample ${i} is ${theirs.length > 0 ? 'valid' : 'invalid'} to the original`);
      for (const row of theirs) row.forEach((x, column) => { if (x !== 0) tally.numbers[column]! += 1; });
      for (const column of rowsDifference(ours, theirs)) {
        tally.wrong[column]! += 1;
        differences.push(`sample ${i}: ${FEATURE_NAMES[column]}`);
      }
    });
    const numbers = samples.flatMap((rows) => rows ?? []).length * ROW_LENGTH;
    assert.ok(numbers > 0);
    assert.ok(differences.length <= (1 - EQUAL) * numbers, `${differences.length} of ${numbers} numbers differ, ${differences.slice(0, 10).join('; ')}`);
  });
}

for (const [target, tally] of tallies) {
  test(`${target}: all numbers that are not zero, every column, verdicts`, (t) => {
    const sum = (xs: Float64Array): number => xs.reduce((a, b) => a + b, 0);
    const [numbers, wrong] = [sum(tally.numbers), sum(tally.wrong)];
    t.diagnostic(`${wrong} of ${numbers} numbers differ; ${tally.verdicts} of ${tally.states} verdicts are equal`);
    assert.ok(tally.states >= 200 && numbers > 10000);
    assert.ok(wrong <= (1 - EQUAL) * numbers, `${wrong} of ${numbers}`);
    const poor = FEATURE_NAMES.filter((_, c) => (tally.wrong[c] ?? 0) > (1 - EQUAL_IN_COLUMN) * (tally.numbers[c] ?? 0));
    assert.deepEqual(poor, []);
    assert.ok(tally.verdicts >= VERDICTS * tally.states);
  });
}
