/**
 * Features as functions of numbers against lowering and walking the program: equal, bit for bit, for seeded random candidates and
 * chains of mutations of each workload of the original's, and for the layer on which the search's speed is judged.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import { winogradSiblings } from '../../server/src/dag/algorithms/winograd.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { at, compute, createDag, placeholder, reduce } from '../../server/src/dag/create.js';
import { FeatureExtractor } from '../../server/src/features/extractor.js';
import { NumericFeatures } from '../../server/src/features/numeric/numeric-features.js';
import { ShapeTable } from '../../server/src/features/numeric/shape.js';
import { inferBounds } from '../../server/src/bounds/infer-bounds.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { binary, call, int } from '../../server/src/ir/expr.js';
import { lower } from '../../server/src/lower/lower.js';
import type { State } from '../../server/src/schedule/state.js';
import { mutationsFor } from '../../server/src/search/mutations/index.js';
import { DEFAULT_SEARCH_PARAMS } from '../../server/src/search/params.js';
import { sampleState } from '../../server/src/sketch/annotate.js';
import { createSketchContext } from '../../server/src/sketch/context.js';
import { sketchesOf } from '../../server/src/sketch/generate.js';
import { settle, unlessIllegal } from '../../server/src/sketch/settle.js';
import type { SketchTask } from '../../server/src/sketch/task.js';
import { conv2d, cpuTask, cudaTask, matmul, oracleTasks, rowMin } from '../sketch/tasks.js';

const SAMPLES = 14;
const CHAIN = 5;

/** Random complete states, each followed by mutations of it. */
function* candidates(task: SketchTask, seed: number): Generator<State> {
  const ctx = createSketchContext(task, DEFAULT_SEARCH_PARAMS);
  const sketches = sketchesOf(ctx);
  const mutations = mutationsFor(ctx);
  const rng = createRng(seed);
  for (let i = 0; i < SAMPLES; i++) {
    const sketch = sketches[rng.int(sketches.length)];
    let state = sketch === undefined ? undefined : sampleState(ctx, sketch, rng);
    for (let k = 0; k < CHAIN && state !== undefined; k++) {
      yield state;
      const mutation = mutations[rng.real() < 0.7 ? 0 : rng.int(mutations.length)];
      state = mutation?.apply(ctx, state, rng) ?? state;
    }
  }
}

/** `least`: the share of the candidates that must be covered. `patience`: as of `NumericFeatures`. */
function agree(name: string, task: SketchTask, least: number, patience = 0): void {
  test(`${name}: the same features from numbers${patience === 0 ? '' : `, parts lowered ${patience} times first`}`, (t) => {
    const numeric = new NumericFeatures(task.hardware, patience);
    const walk = new FeatureExtractor();
    let all = 0;
    let covered = 0;
    for (const state of candidates(task, 11)) {
      all++;
      const want = unlessIllegal(() => walk.extract(lower(state, { constantMatrices: 'one' }), task.hardware));
      const got = numeric.extract(state);
      if (got === undefined) continue;
      covered++;
      assert.deepEqual(got, want, JSON.stringify(state.steps));
    }
    t.diagnostic(`${covered} of ${all} candidates are covered`);
    assert.ok(all > SAMPLES && covered >= least * all, `${covered} of ${all} are covered`);
  });
}

agree('conv2d 56x56x64 with bias and relu', cpuTask(conv2d(56, 64, 64, 3, true)), 1);
for (const { name, task } of oracleTasks()) if (task.hardware.maxThreadsPerBlock <= 0) agree(name, task, 1);
for (const { suffix, dag } of winogradSiblings(conv2d(14, 32, 64, 3, true))) {
  agree(`conv2d 14x14x32 as ${suffix}`, cpuTask(dag), 0.9);
  agree(`conv2d 14x14x32 as ${suffix}`, cpuTask(dag), 0.9, 3);
}
agree('every second row of sums, summed', cpuTask(halfRead(16, 48)), 1);
agree('every second row of sums, summed', cpuTask(halfRead(16, 48)), 0.2, 2);

/** Sums of which every second row is read: a stage at the root that is not computed whole. */
function halfRead(rows: number, columns: number): ComputeDag {
  const a = placeholder('A', [rows, columns, 8]);
  const sums = reduce('sums', [rows, columns], ['i', 'j'], { k: 8 }, 'add', ([i, j], [k]) => at(a, i!, j!, k!));
  const totals = reduce('totals', [rows / 2], ['i'], { j: columns }, 'add', ([i], [j]) => at(sums, binary('mul', i!, int(2)), j!));
  return createDag([a, sums, totals, compute('out', [rows / 2], ['i'], ([i]) => call('exp', [at(totals, i!)], 'float32'))]);
}

test('a shape and its numbers are a state: equal steps have equal ones, and the state made of them has the same steps and text', () => {
  for (const task of [cpuTask(conv2d(14, 32, 64, 3, true)), cpuTask(matmul(64, 64, 64)), cpuTask(rowMin(10, 1024))]) {
    const shapes = new ShapeTable();
    const vectors = new Map<string, string>();
    for (const state of candidates(task, 5)) {
      const steps = JSON.stringify(state.steps);
      const shape = shapes.read(state);
      assert.ok(shape !== undefined);
      const numbers = shapes.numbers.slice(0, shape.count);
      const vector = `${shape.id}: ${numbers.join()}`;
      assert.equal(vectors.get(steps) ?? vector, vector);
      vectors.set(steps, vector);
      const made = shape.state(numbers);
      assert.equal(JSON.stringify(made.steps), steps);
      assert.equal(stateText(inferBounds(made)), stateText(settle(state)));
    }
    assert.equal(new Set(vectors.values()).size, vectors.size);
  }
});

test('programs for GPUs are left to the walk', () => {
  const task = cudaTask(matmul(64, 64, 64));
  const numeric = new NumericFeatures(task.hardware, 0);
  for (const state of candidates(task, 3)) assert.equal(numeric.extract(state), undefined);
});
