/** The sketch policy: determinism, no program twice, what it does with results, records, cancellation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { lower } from '../../server/src/lower/lower.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import type { Candidate } from '../../server/src/search/candidate.js';
import { alone, type Pace } from '../../server/src/search/pace.js';
import { DEFAULT_SEARCH_PARAMS, forRound, QUICK_SEARCH_PARAMS, type SearchParams } from '../../server/src/search/params.js';
import { createPolicy, type SketchPolicy } from '../../server/src/search/policy.js';
import { replay } from '../../server/src/schedule/apply.js';
import { conv2d, cpuTask, cudaTask, matmul, relu } from '../sketch/tasks.js';
import { linearModel } from './linear-model.js';

const SMALL: SearchParams = { ...QUICK_SEARCH_PARAMS, population: 96, sampleBatch: 64, minInitialPopulation: 30, generations: 2 };

function policyFor(dag: ComputeDag, seed: number, params: SearchParams = SMALL): SketchPolicy {
  return createPolicy({ task: cpuTask(dag), params, rng: createRng(seed) });
}

/** Rounds with costs that follow from the texts; every 7th program fails. */
async function run(policy: SketchPolicy, rounds: number, n: number): Promise<Candidate[][]> {
  const batches: Candidate[][] = [];
  for (let round = 0; round < rounds; round++) {
    const batch = await policy.nextBatch(n, linearModel(round));
    policy.report(batch, batch.map((candidate, i) => (i % 7 === 6 ? undefined : 1e-3 + (candidate.text.length % 97) * 1e-5)));
    batches.push(batch);
  }
  return batches;
}

const texts = (batches: readonly Candidate[][]): string[][] => batches.map((batch) => batch.map((candidate) => candidate.text));

test('equal seeds and results give equal candidates; another seed gives others', async () => {
  const dag = conv2d(14, 32, 64, 3, true);
  const first = texts(await run(policyFor(dag, 5), 3, 8));
  assert.deepEqual(texts(await run(policyFor(dag, 5), 3, 8)), first);
  assert.notDeepEqual(texts(await run(policyFor(dag, 6), 3, 8)), first);
});

test('candidates whose features come from numbers are those of the plain path, scores included', async () => {
  for (const dag of [conv2d(14, 32, 64, 3, true), matmul(64, 64, 64)]) {
    const numeric = policyFor(dag, 4);
    const plain = createPolicy({ task: cpuTask(dag), params: SMALL, rng: createRng(4), numeric: false });
    const seen = (batches: readonly Candidate[][]): unknown => batches.map((batch) => batch.map(({ text, score }) => ({ text, score })));
    assert.deepEqual(seen(await run(numeric, 3, 8)), seen(await run(plain, 3, 8)));
    assert.ok(numeric.stats.numeric > numeric.stats.scored / 3, `${numeric.stats.numeric} of ${numeric.stats.scored}`);
    assert.deepEqual({ ...numeric.stats, numeric: 0 }, plain.stats);
  }
});

test('the population follows the round: small rounds search less, long ones all, and the original\'s parameters stay what they are', async () => {
  const sizes = [1, 4, 16, 64].map((n) => forRound(QUICK_SEARCH_PARAMS, n)).map(({ population, sampleBatch }) => [population, sampleBatch]);
  assert.deepEqual(sizes, [[64, 32], [64, 32], [256, 128], [512, 256]]);
  assert.deepEqual(forRound(DEFAULT_SEARCH_PARAMS, 1), DEFAULT_SEARCH_PARAMS);
  const scored = async (n: number): Promise<number> => {
    const policy = policyFor(conv2d(14, 32, 64, 3, true), 3, QUICK_SEARCH_PARAMS);
    assert.equal((await policy.nextBatch(n, linearModel(1))).length, n);
    return policy.stats.scored;
  };
  const [few, many] = [await scored(2), await scored(32)];
  assert.ok(few > 30 && 4 * few < many, `${few} and ${many}`);
});

test('who interrupts a search changes nothing', async () => {
  const dag = matmul(64, 64, 64);
  let [turns, waits] = [0, 0];
  const pace: Pace = { turn: async () => void turns++, wait: async (value) => (waits++, value) };
  const interrupted = createPolicy({ task: cpuTask(dag), params: SMALL, rng: createRng(5), pace });
  assert.deepEqual(texts(await run(interrupted, 2, 8)), texts(await run(policyFor(dag, 5), 2, 8)));
  assert.ok(turns > 2 && waits > 2);
});

test('candidates are bound, unique, ready to be lowered, best first, and never come again', async () => {
  const policy = policyFor(matmul(64, 64, 64), 1);
  const batches = await run(policy, 4, 10);
  const all = batches.flat();
  assert.equal(all.length, 40);
  assert.equal(new Set(all.map((candidate) => candidate.text)).size, 40);
  for (const candidate of all) {
    assert.equal(stateText(candidate.state), candidate.text);
    assert.equal(candidate.features.length % 164, 0);
    lower(candidate.state);
  }
  for (const batch of batches) {
    const scores = batch.map((candidate) => candidate.score);
    assert.deepEqual(scores, scores.slice().sort((a, b) => b - a));
  }
  assert.ok(policy.stats.scored > 100);
});

test('evolution finds better scores than random sampling', async () => {
  const dag = conv2d(14, 32, 64, 3, true);
  const mean = (batch: readonly Candidate[]): number => batch.reduce((sum, candidate) => sum + candidate.score, 0) / batch.length;
  const evolved = await policyFor(dag, 3).nextBatch(10, linearModel(1));
  const random = await policyFor(dag, 3, { ...SMALL, generations: 0 }).nextBatch(10, linearModel(1));
  assert.ok(mean(evolved) > mean(random), `${mean(evolved)} against ${mean(random)}`);
});

test('programs of a log are not proposed again, and count as the best', async () => {
  const dag = matmul(64, 64, 64);
  const old = (await run(policyFor(dag, 8), 2, 8)).flat();
  const policy = policyFor(dag, 8);
  const legal = policy.preload(old.map((candidate, i) => ({ steps: candidate.state.steps, costSeconds: i === 3 ? undefined : 0.1 + i })));
  assert.equal(legal, old.length);
  assert.equal(policy.preload([{ steps: [{ kind: 'CI', stage: 2 }], costSeconds: 1 }, { steps: [{ kind: 'CI', stage: 99 }], costSeconds: 1 }]), 0);
  // Whoever knows their texts is believed, and told the same afterwards.
  const told = policyFor(dag, 8);
  assert.equal(told.preload(old.map((c, i) => ({ steps: c.state.steps, text: c.text, costSeconds: i === 3 ? undefined : 0.1 + i }))), old.length);
  assert.deepEqual(texts([await told.nextBatch(8, linearModel(1))]), texts([await policy.nextBatch(8, linearModel(1))]));
  assert.deepEqual([policy.best()?.costSeconds, policy.best()?.candidate.text], [0.1, old[0]!.text]);
  const known = new Set(old.map((candidate) => candidate.text));
  for (const candidate of (await run(policy, 2, 8)).flat()) assert.ok(!known.has(candidate.text));
});

test('a space that is used up ends with an empty batch', async () => {
  const policy = policyFor(relu(1024), 1);
  const batches = await run(policy, 8, 4);
  const all = texts(batches).flat();
  assert.ok(all.length > 0 && new Set(all).size === all.length);
  assert.deepEqual(batches.at(-1), []);
});

test('a cancelled search returns at once', async () => {
  const policy = policyFor(conv2d(14, 32, 64, 3, true), 1);
  const token = { cancelled: false };
  const stopping = createPolicy({ task: cpuTask(conv2d(14, 32, 64, 3, true)), params: SMALL, rng: createRng(1), pace: { ...alone, turn: async () => void (token.cancelled = true) } });
  const partial = await stopping.nextBatch(8, linearModel(1), token);
  await policy.nextBatch(8, linearModel(1));
  assert.ok(stopping.stats.scored < policy.stats.scored / 2, `${stopping.stats.scored} of ${policy.stats.scored}`);
  assert.ok(partial.length <= 8);
  assert.deepEqual(await policyFor(matmul(8, 8, 8), 1).nextBatch(8, linearModel(1), { cancelled: true }), []);
});

test('candidates for a GPU keep its limits', async () => {
  const policy = createPolicy({ task: cudaTask(matmul(256, 256, 256)), params: { ...SMALL, minInitialPopulation: 10 }, rng: createRng(4) });
  const batch = await policy.nextBatch(6, linearModel(1));
  assert.equal(batch.length, 6);
  for (const candidate of batch) {
    const threads = /threadIdx\.x \S+ \(0,(\d+)\)/.exec(candidate.text);
    assert.ok(threads !== null && Number(threads[1]) <= 1024);
    assert.ok(replay(policy.sketches[0]!.initialDag, candidate.state.steps).concrete);
  }
});
