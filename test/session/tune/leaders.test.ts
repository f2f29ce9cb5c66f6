/** How sure times are: leaders run in turn, machines too noisy to measure on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../../server/src/base/rng.js';
import { contenders, runInTurn } from '../../../server/src/session/tune/leaders.js';
import { NoiseWatch } from '../../../server/src/session/tune/noise.js';

const leader = (line: number, seconds: number): { line: number; seconds: number } => ({ line, seconds });

test('who is about equal to the best is run again; who stands alone is not', () => {
  assert.deepEqual(contenders([leader(1, 1), leader(2, 1.2)]), []);
  assert.deepEqual(contenders([leader(1, 1.03), leader(2, 1), leader(3, 1.2), leader(4, 1.01), leader(5, 1.04)]).map((l) => l.line), [2, 4, 1]);
  assert.deepEqual(contenders([]), []);
});

test('a difference that is larger than the noise is found although the first times had it the other way round', async () => {
  const rng = createRng(3);
  const truth = new Map([[1, 1.0], [2, 0.9]]);
  // A disturbance that lasts hits both.
  let slow = 1;
  let runs = 0;
  const event = await runInTurn([leader(1, 0.95), leader(2, 0.96)], 'k', (l) => {
    if (runs++ % 4 === 0) slow = 1 + 0.02 * rng.real();
    return Promise.resolve((truth.get(l.line) ?? 0) * slow);
  }, () => false);
  assert.equal(event?.clear, true);
  assert.equal(event.leaders[0]?.line, 2);
  assert.ok(event.turns >= 4 && event.turns <= 8);
});

test('no difference: not clear, and the turns are spent; no time: what is known; a failure: nothing is said', async () => {
  const rng = createRng(4);
  const equal = await runInTurn([leader(1, 1), leader(2, 1)], 'k', () => Promise.resolve(1 + 0.05 * rng.real()), () => false);
  assert.deepEqual([equal?.clear, equal?.turns], [false, 8]);
  assert.equal(await runInTurn([leader(1, 1), leader(2, 1)], 'k', () => Promise.resolve(1), () => true), undefined);
  assert.equal(await runInTurn([leader(1, 1), leader(2, 1)], 'k', () => Promise.resolve(undefined), () => false), undefined);
});

test('a machine on which half of the programs vary is reported, once; a few disturbed programs are not', () => {
  const calm = new NoiseWatch();
  for (let i = 0; i < 100; i++) assert.equal(calm.add(i % 5 === 0 ? 0.9 : 0.02), undefined);
  assert.deepEqual(calm.summary(), { spread: 0.02, disturbed: 20, measured: 100, tooNoisy: false });
  const noisy = new NoiseWatch();
  const told = Array.from({ length: 40 }, (_, i) => noisy.add(i % 3 === 0 ? 0.05 : 0.8)).filter((m) => m !== undefined);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? '', /too noisy to measure on: \d+ of the last 16 programs still varied by more than 25 %/);
  assert.equal(noisy.summary()?.tooNoisy, true);
  assert.equal(new NoiseWatch().summary(), undefined);
});
