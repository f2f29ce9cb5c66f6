/** One model for all tasks of the original's measured logs ranks programs that it has not seen. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { defined } from '../../server/src/base/assert.js';
import { createRng, shuffled, type Rng } from '../../server/src/base/rng.js';
import { DEFAULT_GBDT, trainGbdt } from '../../server/src/cost-model/gbdt.js';
import { pairAccuracy } from '../../server/src/cost-model/metrics.js';
import type { TrainingSamples } from '../../server/src/cost-model/model.js';
import { SampleStore } from '../../server/src/cost-model/samples.js';
import { FeatureExtractor } from '../../server/src/features/extractor.js';
import { cpuHardware } from '../../server/src/hardware/params.js';
import { lower } from '../../server/src/lower/lower.js';
import { replay } from '../../server/src/schedule/apply.js';
import { ORACLE, stepsOf, workloads, type RecordJson } from '../schedule/oracle.js';

interface Program { readonly task: string; readonly features: Float32Array; readonly cost: number }
interface LogLine extends RecordJson { readonly r: readonly [readonly number[], number] }

function loggedPrograms(): Program[] {
  const dags = new Map(workloads().map((workload) => [workload.name, workload.dag]));
  const extractor = new FeatureExtractor();
  return readdirSync(join(ORACLE, 'records')).sort().flatMap((file) => {
    const task = file.replace('.json', '');
    const dag = defined(dags.get(`${task}.llvm`), task);
    const lines = readFileSync(join(ORACLE, 'records', file), 'utf8').split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => {
      const record = JSON.parse(line) as LogLine;
      const [costs, error] = record.r;
      const features = extractor.extract(lower(replay(dag, stepsOf(record)), { constantMatrices: 'one' }), cpuHardware(2));
      return { task, features, cost: error === 0 ? costs.reduce((sum, cost) => sum + cost, 0) / costs.length : 1e10 };
    });
  });
}

function samplesOf(programs: readonly Program[]): TrainingSamples {
  const store = new SampleStore();
  for (const { task, features, cost } of programs) store.add(task, features, cost);
  return store.trainingSamples();
}

const FOLDS = 4;

/** Pair accuracy within a task, averaged over tasks and folds. */
function heldOutAccuracy(programs: readonly Program[], rng: Rng): number {
  const tasks = [...new Set(programs.map((program) => program.task))];
  const folds = new Map(tasks.flatMap((task) => shuffled(programs.filter((p) => p.task === task), rng).map((program, i) => [program, i % FOLDS])));
  const accuracies = [0, 1, 2, 3].flatMap((fold) => {
    const model = trainGbdt(samplesOf(programs.filter((p) => folds.get(p) !== fold)), DEFAULT_GBDT, rng.fork());
    return tasks.map((task) => {
      const held = programs.filter((p) => p.task === task && folds.get(p) === fold);
      return pairAccuracy(model.predict(samplesOf(held).features), held.map((p) => 1 / p.cost));
    });
  });
  return accuracies.reduce((a, b) => a + b, 0) / accuracies.length;
}

test('ranks unseen programs of the logs, and only if costs belong to features', () => {
  const programs = loggedPrograms();
  assert.ok(programs.length > 400);
  const seeds = [1, 2, 3];
  const mean = (accuracy: (rng: Rng) => number): number => seeds.map((seed) => accuracy(createRng(seed))).reduce((a, b) => a + b, 0) / seeds.length;
  // The logs' costs are noisy (the machine was busy), so even a perfect model would stay well below 1.
  const accuracy = mean((rng) => heldOutAccuracy(programs, rng));
  assert.ok(accuracy > 0.59, `pair accuracy ${accuracy}`);
  const control = mean((rng) => {
    const costs = shuffled(programs.map((_, i) => i), rng);
    return heldOutAccuracy(programs.map((program, i) => {
      const other = programs[costs[i] ?? 0];
      return { ...program, cost: other?.cost ?? 1 };
    }), rng);
  });
  assert.ok(control < 0.55, `pair accuracy ${control} with costs of other programs`);
});
