/**
 * How fast the search is, and how good its cost model. (1) Distinct valid candidates a second, evolved, featurised and scored, for
 * conv2d 56x56x64 3x3 with bias and relu: features from numbers against lowering every candidate on one thread, and the islands of a session
 * (two threads), alternately in one process; and the first rounds of a session, in one thread and in two. (2) Numbers and lowering propose the same programs for equal seeds. (3) The best of 64 trials by a
 * cost that follows from the features: islands against one population. (4) The cost model against XGBoost and LightGBM on measured programs.
 * Run: npm run bench -- search [--rounds N] [--warm N] [--seeds N] [--only speed,starts,same,best,models] [--python PROGRAM]   (writes out/bench-search.json)
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createRng, shuffled } from '../../server/src/base/rng.js';
import { DEFAULT_GBDT, trainGbdt } from '../../server/src/cost-model/gbdt.js';
import { pairAccuracy, recallAtK } from '../../server/src/cost-model/metrics.js';
import type { CostModel, TrainingSamples } from '../../server/src/cost-model/model.js';
import { createRandomModel } from '../../server/src/cost-model/random-model.js';
import { SampleStore } from '../../server/src/cost-model/samples.js';
import { FeatureExtractor } from '../../server/src/features/extractor.js';
import { ROW_LENGTH } from '../../server/src/features/layout.js';
import { cpuHardware } from '../../server/src/hardware/params.js';
import { lower } from '../../server/src/lower/lower.js';
import { replay } from '../../server/src/schedule/apply.js';
import type { Candidate } from '../../server/src/search/candidate.js';
import { DEFAULT_SEARCH_PARAMS, QUICK_SEARCH_PARAMS } from '../../server/src/search/params.js';
import { createPolicy, type SketchPolicy } from '../../server/src/search/policy.js';
import { DeviceGate } from '../../server/src/measure/gate.js';
import { Islands, type TaskSearch } from '../../server/src/session/tune/islands.js';
import { conv2d, cpuTask } from '../../test/sketch/tasks.js';
import { ORACLE, stepsOf, workloads, type RecordJson } from '../../test/schedule/oracle.js';
import { askPeers } from './model-peers.js';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, warm: { type: 'string', default: '3' }, only: { type: 'string' }, seeds: { type: 'string', default: '5' }, python: { type: 'string', default: 'python3' } } });
const BATCH = 16;
const median = (xs: readonly number[]): number => xs.slice().sort((a, b) => a - b)[xs.length >> 1] ?? NaN;

/** A cost that follows from a program's features, so that both searches learn the same without a device. */
const costOf = ({ features }: Candidate): number => 1e-3 + features.reduce((sum, x, i) => sum + (i % 7 === 3 ? x : 0), 0) * 1e-6;

interface Rounds { readonly time: SearchTime; round(): Promise<readonly Candidate[]> }

function searched(numeric: boolean, seed: number, params = DEFAULT_SEARCH_PARAMS): Rounds & { readonly policy: SketchPolicy } {
  const policy = createPolicy({ task: cpuTask(conv2d(56, 64, 64, 3, true)), params, rng: createRng(seed), numeric });
  const store = new SampleStore();
  let model: CostModel = createRandomModel(createRng(seed + 100));
  let version = 0;
  const time = new SearchTime();
  return {
    policy, time,
    async round() {
      const batch = await time.of(() => policy.nextBatch(BATCH, model));
      const costs = batch.map(costOf);
      policy.report(batch, costs);
      batch.forEach((candidate, i) => { store.add('conv', candidate.features, costs[i] ?? 1); });
      model = trainGbdt(store.trainingSamples(), DEFAULT_GBDT, createRng(++version), version);
      return batch;
    },
  };
}

/** The search of a session, in its threads. */
function inThreads(seed: number, params = DEFAULT_SEARCH_PARAMS, threads?: number): Rounds & { readonly islands: Islands; readonly search: TaskSearch } {
  const islands = new Islands(path.resolve('out/bench-programs'), 1, new DeviceGate(), () => Promise.resolve(), threads);
  const search = islands.searchOf(cpuTask(conv2d(56, 64, 64, 3, true)), params, createRng(seed));
  const store = new SampleStore();
  let model: CostModel = createRandomModel(createRng(seed + 100));
  let version = 0;
  const time = new SearchTime();
  return {
    islands, search, time,
    async round() {
      const batch = await time.of(() => search.nextBatch(BATCH, Promise.resolve(model), { cancelled: false }));
      const costs = batch.map(costOf);
      search.report(batch, costs);
      batch.forEach((candidate, i) => { store.add('conv', candidate.features, costs[i] ?? 1); });
      model = trainGbdt(store.trainingSamples(), DEFAULT_GBDT, createRng(++version), version);
      return batch;
    },
  };
}

/** Distinct candidates a second of the clock and of the processor, over what `round` takes: the search, then a training, which a session does beside its builds. */
interface Speed { readonly wall: number; readonly cpu: number; readonly distinct: number; readonly alone: number; readonly aloneCpu: number }

/** What a round's search takes without the training behind it. */
class SearchTime {
  seconds = 0;
  cpu = 0;

  async of<T>(search: () => Promise<T>): Promise<T> {
    const before = process.cpuUsage();
    const start = performance.now();
    const found = await search();
    this.seconds = (performance.now() - start) / 1000;
    const used = process.cpuUsage(before);
    this.cpu = (used.user + used.system) / 1e6;
    return found;
  }
}

async function timed(search: Rounds, scored: () => number): Promise<Speed> {
  const before = scored();
  const cpu = process.cpuUsage();
  const start = performance.now();
  await search.round();
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const distinct = scored() - before;
  return { wall: distinct / seconds, cpu: (distinct * 1e6) / (used.user + used.system), distinct, alone: distinct / search.time.seconds, aloneCpu: distinct / search.time.cpu };
}

async function speeds(): Promise<object> {
  const [fast, plain, both] = [searched(true, 1), searched(false, 1), inThreads(1)];
  const ofFast = (): Promise<Speed> => timed(fast, () => fast.policy.stats.scored);
  const ofPlain = (): Promise<Speed> => timed(plain, () => plain.policy.stats.scored);
  const ofBoth = (): Promise<Speed> => timed(both, () => both.search.scored);
  // What is met first is planned and compiled.
  for (let i = 0; i < Number(options.warm); i++) {
    await ofFast();
    await ofBoth();
  }
  await ofPlain();
  const rows: { readonly fast: Speed; readonly plain: Speed; readonly both: Speed }[] = [];
  for (let i = 0; i < Number(options.rounds); i++) rows.push({ fast: await ofFast(), plain: await ofPlain(), both: await ofBoth() });
  await both.islands.close();
  const spread = (xs: readonly number[]): { median: number; least: number; most: number } => ({ median: median(xs), least: Math.min(...xs), most: Math.max(...xs) });
  const per = (of: (s: Speed) => number): object => ({ numeric: median(rows.map((r) => of(r.fast))), plain: median(rows.map((r) => of(r.plain))), threads: median(rows.map((r) => of(r.both))) });
  const tell = (what: string, of: (s: Speed) => number): void => {
    const { median: m, least, most } = spread(rows.map((r) => of(r.both)));
    console.log(`${what}: ${m.toFixed(0)} (${least.toFixed(0)} to ${most.toFixed(0)} in ${rows.length} rounds)`);
  };
  console.log(`distinct valid candidates of conv2d 56x56x64 3x3 with bias and relu, evolved, featurised and scored by a session's ${os.availableParallelism() > 1 ? 'two islands on two cores' : 'two islands on one core'}:`);
  tell('  a second of the clock', (s) => s.alone);
  tell('  a second of the processor', (s) => s.aloneCpu);
  tell('  a second of the clock, the training of the model after each round included', (s) => s.wall);
  const report = {
    islands: { perSecond: spread(rows.map((r) => r.both.alone)), perCpuSecond: spread(rows.map((r) => r.both.aloneCpu)) },
    perSecond: per((s) => s.wall), perCpuSecond: per((s) => s.cpu),
    numericOverPlain: spread(rows.map((r) => r.fast.wall / r.plain.wall)), numericOverPlainPerCpu: spread(rows.map((r) => r.fast.cpu / r.plain.cpu)),
    threadsOverNumeric: spread(rows.map((r) => r.both.wall / r.fast.wall)), load: os.loadavg()[0],
    fromNumbers: fast.policy.stats.numeric / fast.policy.stats.scored, scored: fast.policy.stats.scored,
  };
  console.log(JSON.stringify(report, null, 1));
  return report;
}

const START_ROUNDS = [4, 20];

/** The first rounds of a session, in one thread and in two, in turn: threads are new, so that each compiles the search for itself. */
async function starts(): Promise<object> {
  const found: Record<string, { readonly wall: number; readonly cpu: number }[]> = {};
  for (let i = 0; i < Number(options.rounds); i++) for (const rounds of START_ROUNDS) for (const threads of [1, 2]) {
    const { islands, time, round } = inThreads(1, QUICK_SEARCH_PARAMS, threads);
    const sum = { wall: 0, cpu: 0 };
    for (let r = 0; r < rounds; r++) {
      await round();
      sum.wall += time.seconds;
      sum.cpu += time.cpu;
    }
    await islands.close();
    (found[`${rounds * BATCH} trials, ${threads} thread(s)`] ??= []).push(sum);
  }
  const words = (xs: readonly number[]): string => `${median(xs).toFixed(2)} s (${Math.min(...xs).toFixed(2)} to ${Math.max(...xs).toFixed(2)})`;
  console.log(`the search of a session's first trials, ${options.rounds} runs each:`);
  for (const [what, runs] of Object.entries(found)) console.log(`  ${what}: ${words(runs.map((r) => r.wall))}, of the processor ${words(runs.map((r) => r.cpu))}`);
  return found;
}

/** The best of 64 trials by `costOf`: a session's islands over one population; below 1 islands are better. */
async function bestOfTrials(): Promise<object> {
  const ratios: number[] = [];
  for (let seed = 1; seed <= Number(options.seeds); seed++) {
    const [one, both] = [searched(false, seed, { ...QUICK_SEARCH_PARAMS, populationPerTrial: Infinity }), inThreads(seed, QUICK_SEARCH_PARAMS)];
    let [bestOfOne, bestOfBoth] = [Infinity, Infinity];
    for (let trials = 0; trials < 64; trials += BATCH) {
      bestOfOne = Math.min(bestOfOne, ...(await one.round()).map(costOf));
      bestOfBoth = Math.min(bestOfBoth, ...(await both.round()).map(costOf));
    }
    await both.islands.close();
    ratios.push(bestOfBoth / bestOfOne);
  }
  const geometricMean = Math.exp(ratios.reduce((sum, r) => sum + Math.log(r), 0) / ratios.length);
  console.log(`best of 64 trials, islands over one population that lowers all: ${ratios.map((r) => r.toFixed(3)).join(' ')}, geometric mean ${geometricMean.toFixed(4)}`);
  return { ratios, geometricMean };
}

async function sameTrials(): Promise<object> {
  let equal = 0;
  const seeds = Number(options.seeds);
  for (let seed = 1; seed <= seeds; seed++) {
    const [fast, plain] = [searched(true, seed), searched(false, seed)];
    let same = true;
    for (let trials = 0; trials < 64; trials += BATCH) {
      const texts = (await fast.round()).map((candidate) => candidate.text).join('\n');
      same &&= texts === (await plain.round()).map((candidate) => candidate.text).join('\n');
    }
    equal += same ? 1 : 0;
  }
  console.log(`64 trials: the same programs in the same order for ${equal} of ${seeds} seeds`);
  return { equal, seeds };
}

interface Logged { readonly task: string; readonly features: Float32Array; readonly cost: number }

/** The programs that the original measured. */
function logged(): Logged[] {
  const dags = new Map(workloads().map((workload) => [workload.name, workload.dag]));
  const extractor = new FeatureExtractor();
  return readdirSync(`${ORACLE}/records`).sort().flatMap((file) => {
    const task = file.replace('.json', '');
    const dag = dags.get(`${task}.llvm`);
    if (dag === undefined) return [];
    return readFileSync(`${ORACLE}/records/${file}`, 'utf8').split('\n').filter((line) => line.startsWith('{')).map((line): Logged => {
      const record = JSON.parse(line) as RecordJson & { readonly r: readonly [readonly number[], number] };
      const [costs, error] = record.r;
      const features = extractor.extract(lower(replay(dag, stepsOf(record)), { constantMatrices: 'one' }), cpuHardware(2));
      return { task, features, cost: error === 0 ? costs.reduce((sum, cost) => sum + cost, 0) / costs.length : 1e10 };
    });
  });
}

function samplesOf(programs: readonly Logged[]): TrainingSamples {
  const store = new SampleStore();
  for (const { task, features, cost } of programs) store.add(task, features, cost);
  return store.trainingSamples();
}

const FOLDS = 4;

async function models(): Promise<object> {
  const programs = logged();
  const tasks = [...new Set(programs.map((p) => p.task))];
  const rng = createRng(1);
  const fold = new Map(tasks.flatMap((task) => shuffled(programs.filter((p) => p.task === task), rng).map((program, i) => [program, i % FOLDS])));
  const found: Record<string, { seconds: number[]; pairs: number[]; recall: number[] }> = {};
  for (let f = 0; f < FOLDS; f++) {
    const train = samplesOf(programs.filter((p) => fold.get(p) !== f));
    const held = tasks.flatMap((task) => programs.filter((p) => p.task === task && fold.get(p) === f));
    const { features } = samplesOf(held);
    const start = performance.now();
    const model = trainGbdt(train, DEFAULT_GBDT, rng.fork());
    const seconds = (performance.now() - start) / 1000;
    const peers = await askPeers(options.python, {
      width: ROW_LENGTH, rows: [...train.features.rows], start: [...train.features.start], labels: [...train.throughputs], minWeight: DEFAULT_GBDT.minWeight,
      rounds: DEFAULT_GBDT.rounds, held: [...features.rows], heldStart: [...features.start],
    });
    for (const [name, { seconds: took, scores }] of Object.entries({ ours: { seconds, scores: [...model.predict(features)] }, ...peers })) {
      const entry = (found[name] ??= { seconds: [], pairs: [], recall: [] });
      entry.seconds.push(took);
      for (const task of tasks) {
        const at = held.flatMap((p, i) => (p.task === task ? [i] : []));
        const labels = at.map((i) => 1 / (held[i]?.cost ?? 1));
        const own = at.map((i) => scores[i] ?? 0);
        entry.pairs.push(pairAccuracy(own, labels));
        entry.recall.push(recallAtK(own, labels, Math.ceil(labels.length / 4)));
      }
    }
  }
  const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
  const report = Object.fromEntries(Object.entries(found).map(([name, { seconds, pairs, recall }]) => [name, { trainSeconds: median(seconds), pairAccuracy: mean(pairs), recallOfBestQuarter: mean(recall) }]));
  console.log(`cost models, ${programs.length} measured programs of ${tasks.length} tasks, ${FOLDS} folds, ${DEFAULT_GBDT.rounds} trees:`);
  for (const [name, r] of Object.entries(report)) console.log(`  ${name}: training ${r.trainSeconds.toFixed(3)} s, pairs in order ${r.pairAccuracy.toFixed(3)}, recall of the best quarter ${r.recallOfBestQuarter.toFixed(3)}`);
  if (Object.keys(report).length < 3) console.log(`  XGBoost or LightGBM is missing: pip install xgboost lightgbm numpy, or --python PROGRAM`);
  return report;
}

execFileSync(process.execPath, ['tools/build.mjs', 'searcher', '--into=out/bench-programs']);
const parts: Readonly<Record<string, () => Promise<object>>> = { speed: speeds, starts, same: sameTrials, best: bestOfTrials, models };
const wanted = options.only === undefined ? Object.keys(parts) : options.only.split(',');
const report: Record<string, object> = {};
for (const name of wanted) {
  const part = parts[name];
  if (part === undefined) throw new Error(`--only takes ${Object.keys(parts).join(', ')}`);
  report[name] = await part();
}
mkdirSync('out', { recursive: true });
writeFileSync('out/bench-search.json', `${JSON.stringify(report, null, 2)}\n`);
