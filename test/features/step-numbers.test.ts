/** Names and hashes of lists of steps: everything but the numbers of splits and unroll limits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StepNumbers } from '../../server/src/features/numeric/step-numbers.js';
import type { SplitStep } from '../../server/src/schedule/step.js';

const SPLIT: SplitStep = { kind: 'SP', stage: 2, iter: 3, extent: 512, lengths: [4, 8], innerToOuter: true };
const OTHERS: readonly SplitStep[] = [
  { ...SPLIT, stage: 3 }, { ...SPLIT, iter: 2 }, { ...SPLIT, extent: 513 }, { ...SPLIT, extent: 0 }, { ...SPLIT, lengths: [4, 8, 1] }, { ...SPLIT, innerToOuter: false },
  // Where small fields run over into each other.
  { ...SPLIT, stage: 258 }, { ...SPLIT, stage: 1, iter: 259 }, { ...SPLIT, extent: 2 ** 31 }, { ...SPLIT, extent: 2 ** 40 }, { ...SPLIT, iter: 2, lengths: new Array<number>(18).fill(1) },
];

test('splits that differ in more than their lengths have other names and hashes', () => {
  const table = new StepNumbers();
  const names = new Set<string | undefined>();
  const hashes = new Set<number>();
  for (const step of [SPLIT, ...OTHERS]) {
    names.add(table.read([step]));
    hashes.add(table.hash);
  }
  assert.equal(names.size, OTHERS.length + 1);
  assert.equal(hashes.size, OTHERS.length + 1);
});

test('splits that differ in their lengths share name and hash, in one table and in another that was asked in another order', () => {
  const [one, other] = [new StepNumbers(), new StepNumbers()];
  for (const step of OTHERS.toReversed()) other.read([step]);
  const name = one.read([SPLIT]);
  const { hash } = one;
  assert.equal(one.read([{ ...SPLIT, lengths: [16, 2] }]), name);
  assert.deepEqual([...one.numbers.subarray(0, one.count)], [16, 2]);
  other.read([SPLIT]);
  assert.equal(other.hash, hash);
  assert.equal(one.read([{ ...SPLIT, lengths: [16, null] }]), undefined);
  one.forget();
  assert.equal(one.read([{ ...SPLIT }]), name);
});
