/** The cost model of a session: trained in a thread or here with the same result, kept beside the log, judged before it learns. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { defined } from '../../../server/src/base/assert.js';
import { createRng } from '../../../server/src/base/rng.js';
import { batchOf } from '../../../server/src/search/evaluate.js';
import { createPolicy } from '../../../server/src/search/policy.js';
import { QUICK_SEARCH_PARAMS } from '../../../server/src/search/params.js';
import { createRandomModel } from '../../../server/src/cost-model/random-model.js';
import type { Candidate } from '../../../server/src/search/candidate.js';
import { DeviceGate } from '../../../server/src/measure/gate.js';
import { judge } from '../../../server/src/session/tune/judgement.js';
import { Learner } from '../../../server/src/session/tune/learner.js';
import { logFolder } from '../../../server/src/session/log-folder.js';
import type { InputTask } from '../../../server/src/session/input.js';
import { cpuTask, matmul } from '../../sketch/tasks.js';

const at = mkdtempSync(path.join(os.tmpdir(), 'ansor-learner-'));
after(() => { rmSync(at, { recursive: true, force: true }); });
const programs = path.join(at, 'programs');
execFileSync(process.execPath, ['tools/build.mjs', 'trainer', `--into=${programs}`]);

const task = cpuTask(matmul(64, 64, 64));
const inputTask: InputTask = { key: 'mm', name: 'matmul', weight: 1, flops: 1, dag: task.dag, tc: '', planTask: undefined };
const candidates = await createPolicy({ task, params: QUICK_SEARCH_PARAMS, rng: createRng(1) }).nextBatch(40, createRandomModel(createRng(2)));
const secondsOf = ({ features }: Candidate): number => 1e-3 + features.reduce((sum, x, i) => sum + (i % 7 === 3 ? x : 0), 0) * 1e-6;

function learner(log: string, programDir = programs, gate = new DeviceGate()): { readonly learner: Learner; trainings: number } {
  const made = {
    trainings: 0,
    learner: new Learner(createRng(3), { programDir, gate, targetText: 'llvm', hardware: task.hardware }, log, () => Promise.resolve(), () => { made.trainings++; }),
  };
  return made;
}

function tell(to: Learner, some: readonly Candidate[]): void {
  for (const c of some) to.add('mm', c.state.steps, c.features, secondsOf(c));
}

const scores = async (l: Learner): Promise<readonly number[]> => [...(await l.model).predict(batchOf(candidates))];

test('a model from the thread is the model from here, whenever the thread is ready and whatever is told meanwhile', async () => {
  const [inThread, here] = [learner(path.join(at, 'a')), learner(path.join(at, 'b'), at)];
  const found: (readonly number[])[] = [];
  for (const { learner: l } of [inThread, here]) {
    tell(l, candidates.slice(0, 16));
    l.train();
    const first = l.model;
    tell(l, candidates.slice(16, 24));
    found.push([...(await first).predict(batchOf(candidates))]);
    l.train();
    found.push(await scores(l));
    await l.close();
  }
  assert.deepEqual(found[0], found[2]);
  assert.deepEqual(found[1], found[3]);
  assert.notDeepEqual(found[0], found[1], 'it learnt more');
  assert.equal(inThread.trainings, 2);
});

test('a training waits while a section is timed, and sections do not wait for a thread that died', async () => {
  const gate = new DeviceGate();
  const { learner: l } = learner(path.join(at, 'c'), programs, gate);
  tell(l, candidates.slice(0, 16));
  let trained = false;
  let open: () => void = () => undefined;
  const section = gate.timed(() => new Promise<void>((resolve) => { open = resolve; }));
  await new Promise((resolve) => { setImmediate(resolve); });
  l.train();
  const model = l.model.then(() => { trained = true; });
  await new Promise((resolve) => { setTimeout(resolve, 200); });
  assert.equal(trained, false);
  open();
  await section;
  await model;
  await l.close();

  const dying = path.join(at, 'dying');
  mkdirSync(dying);
  writeFileSync(path.join(dying, 'trainer.cjs'), `const { parentPort, workerData } = require('node:worker_threads');
parentPort.on('message', () => { Atomics.add(new Int32Array(workerData.gate), 1, 1); process.exit(1); });\n`);
  const other = new DeviceGate();
  const { learner: lost } = learner(path.join(at, 'd'), dying, other);
  tell(lost, candidates.slice(0, 16));
  lost.train();
  assert.equal((await lost.model).version, 1);
  assert.equal(await other.timed(() => Promise.resolve(7)), 7);
  await lost.close();
});

test('the model is kept beside the log, and taken again where programs and settings are the same', async () => {
  const log = path.join(at, 'kept');
  const file = path.join(logFolder(log), 'model.json');
  const first = learner(log);
  tell(first.learner, candidates.slice(0, 16));
  first.learner.train();
  const before = await scores(first.learner);
  await first.learner.close();
  const known = candidates.slice(0, 16).map((c) => ({ steps: c.state.steps, seconds: secondsOf(c) })).reverse();
  const whole = readFileSync(file, 'utf8');

  const cases: readonly (readonly [name: string, text: string, known: typeof known, taken: boolean])[] = [
    ['as it was', whole, known, true],
    ['another program', whole, [...known, { steps: defined(candidates[20], 'a program').state.steps, seconds: 1 }], false],
    ['fewer digits of the times', whole, known.map((k) => ({ steps: k.steps, seconds: Number(k.seconds.toPrecision(4)) })), true],
    ['cut off', whole.slice(0, whole.length >> 1), known, false],
    ['no JSON', '\0\0\0', known, false],
    ['of a later version', whole.replace('"version":1', '"version":2'), known, false],
    ['trees that lead nowhere', whole.replace(/"child":\[\d+/, '"child":[99999999'), known, false],
    ['empty', '', known, false],
  ];
  for (const [name, text, programsKnown, taken] of cases) {
    writeFileSync(file, text);
    const next = learner(log);
    next.learner.learnLog([{ task: inputTask, known: [...programsKnown] }]);
    const now = await scores(next.learner);
    assert.equal(next.trainings, taken ? 0 : 1, name);
    assert.equal(next.learner.trained, true, name);
    if (taken) assert.deepEqual(now, before, name);
    // What it learns next it learns from all of them.
    tell(next.learner, candidates.slice(30, 34));
    next.learner.train();
    await next.learner.model;
    assert.equal(next.learner.taught, programsKnown.length + 4, name);
    await next.learner.close();
  }
});

test('a place that cannot be written to costs nothing but the file', async () => {
  const log = path.join(at, 'blocked');
  writeFileSync(logFolder(log), 'no folder');
  const { learner: l } = learner(log);
  tell(l, candidates.slice(0, 16));
  l.train();
  assert.equal((await l.model).version, 1);
  await l.close();
});

test('judgement', () => {
  const times = [4, 3, 2, 1].map((x) => x * 1e-3);
  const check = (given: readonly number[], costs: readonly (number | undefined)[], expected: unknown): void => { assert.deepEqual(judge(given, costs), expected); };
  check([1, 2, 3, 4], times, { programs: 4, rankCorrelation: 1, recall: { top: 2, share: 1 } });
  check([4, 3, 2, 1], times, { programs: 4, rankCorrelation: -1, recall: { top: 2, share: 0 } });
  check([1, 1, 1, 1], times, { programs: 4, rankCorrelation: null, recall: { top: 2, share: 0 } });
  check([1, 2, 3, 0, 0], [2e-3, 1e-3, 1e-3, undefined, undefined], { programs: 5, rankCorrelation: 0.9733, recall: { top: 2, share: 1 } });
  check([1, 2, 3], [1, 2, 3], undefined);
  const many = Array.from({ length: 64 }, (_, i) => i);
  check(many, many.map((i) => 1 / (i + 1)), { programs: 64, rankCorrelation: 1, recall: { top: 30, share: 1 } });
});
