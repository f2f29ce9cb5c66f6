/** The search in threads: the same programs wherever the islands are, none twice, and on after a thread is lost. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { createRng } from '../../../server/src/base/rng.js';
import { DEFAULT_GBDT, trainGbdt } from '../../../server/src/cost-model/gbdt.js';
import type { CostModel } from '../../../server/src/cost-model/model.js';
import { createRandomModel } from '../../../server/src/cost-model/random-model.js';
import { SampleStore } from '../../../server/src/cost-model/samples.js';
import { DeviceGate } from '../../../server/src/measure/gate.js';
import type { Candidate } from '../../../server/src/search/candidate.js';
import { QUICK_SEARCH_PARAMS, type SearchParams } from '../../../server/src/search/params.js';
import { Islands, searchThreads } from '../../../server/src/session/tune/islands.js';
import { conv2d, cpuTask } from '../../sketch/tasks.js';

const at = mkdtempSync(path.join(os.tmpdir(), 'ansor-islands-'));
after(() => { rmSync(at, { recursive: true, force: true }); });
const programs = path.join(at, 'programs');
execFileSync(process.execPath, ['tools/build.mjs', 'searcher', `--into=${programs}`]);

const SMALL: SearchParams = { ...QUICK_SEARCH_PARAMS, population: 64, sampleBatch: 48, minInitialPopulation: 30, generations: 2, epsGreedy: 0.25 };
const task = cpuTask(conv2d(14, 32, 64, 3, true));
const secondsOf = ({ features }: Candidate): number => 1e-3 + features.reduce((sum, x, i) => sum + (i % 7 === 3 ? x : 0), 0) * 1e-6;
const yieldControl = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

interface Ran { readonly texts: readonly string[]; readonly scores: readonly number[]; readonly scored: number; readonly candidates: readonly Candidate[] }

/** Rounds with a model trained on what came before, which is handed over late. */
async function run(programDir: string, seed: number, rounds: number, known: readonly Candidate[] = [], threads?: number): Promise<Ran> {
  const islands = new Islands(programDir, 1, new DeviceGate(), yieldControl, threads);
  const search = islands.searchOf(task, SMALL, createRng(seed));
  search.preload(known.map((c) => ({ steps: c.source.steps, costSeconds: secondsOf(c) })));
  const store = new SampleStore();
  const found: Candidate[] = [];
  let model: Promise<CostModel> = Promise.resolve(createRandomModel(createRng(1)));
  for (let round = 0; round < rounds; round++) {
    const batch = await search.nextBatch(8, model, { cancelled: false });
    search.report(batch, batch.map(secondsOf));
    for (const c of batch) store.add('conv', c.features, secondsOf(c));
    found.push(...batch);
    model = yieldControl().then(() => trainGbdt(store.trainingSamples(), DEFAULT_GBDT, createRng(round), round + 1));
  }
  await islands.close();
  return { texts: found.map((c) => c.text), scores: found.map((c) => c.score), scored: search.scored, candidates: found };
}

test('two threads, one, and this thread find the same; another seed finds others; no program comes twice, nor one of a log', async () => {
  const inThreads = await run(programs, 5, 2);
  const here = await run(at, 5, 2);
  assert.deepEqual(inThreads.texts, here.texts);
  assert.deepEqual(inThreads.scores, here.scores);
  assert.equal(inThreads.scored, here.scored);
  const inOne = await run(programs, 5, 2, [], 1);
  assert.deepEqual([inOne.texts, inOne.scores, inOne.scored], [here.texts, here.scores, here.scored]);
  assert.ok(here.scored > 100, String(here.scored));
  assert.equal(here.texts.length, 16);
  assert.equal(new Set(here.texts).size, 16);
  const other = await run(at, 6, 1, here.candidates);
  assert.equal(other.texts.length, 8);
  assert.deepEqual(other.texts.filter((text) => here.texts.includes(text)), []);
});

test('a thread that is lost is missed by nobody', async () => {
  const dying = path.join(at, 'dying');
  mkdirSync(dying);
  writeFileSync(path.join(dying, 'searcher.cjs'), `const { parentPort } = require('node:worker_threads');
parentPort.on('message', (m) => { if (m.kind === 'model') process.exit(3); });\n`);
  assert.deepEqual((await run(dying, 5, 1)).texts, (await run(at, 5, 1)).texts);
});

test('a cancelled search is not waited for', async () => {
  const islands = new Islands(programs, 1, new DeviceGate(), yieldControl);
  const search = islands.searchOf(task, SMALL, createRng(1));
  assert.deepEqual(await search.nextBatch(8, new Promise(() => undefined), { cancelled: true }), []);
  await islands.close();
});

test('a search whose islands are closed finds nothing', async () => {
  for (const at of [programs, path.join(programs, 'nowhere')]) {
    const islands = new Islands(at, 1, new DeviceGate(), yieldControl);
    const search = islands.searchOf(task, SMALL, createRng(1));
    const found = search.nextBatch(8, new Promise(() => undefined), { cancelled: false });
    await yieldControl();
    await islands.close();
    assert.deepEqual(await found, []);
    assert.deepEqual(await search.nextBatch(8, Promise.resolve(createRandomModel(createRng(1))), { cancelled: false }), []);
  }
});

test('a short session on two cores searches in one thread', () => {
  assert.deepEqual([searchThreads(2, 64), searchThreads(2, 1000), searchThreads(16, 64), searchThreads(1, 64)], [1, 2, 2, 1]);
});
