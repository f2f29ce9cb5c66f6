/** Mutations: what they change, and that the result is legal or refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import { replay } from '../../server/src/schedule/apply.js';
import type { State } from '../../server/src/schedule/state.js';
import type { TransformStep } from '../../server/src/schedule/step.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import type { Genome } from '../../server/src/search/candidate.js';
import { createEvaluator } from '../../server/src/search/evaluate.js';
import { mutate } from '../../server/src/search/evolve.js';
import { autoUnroll } from '../../server/src/search/mutations/auto-unroll.js';
import { computeLocation } from '../../server/src/search/mutations/compute-location.js';
import type { Mutation } from '../../server/src/search/mutations/mutation.js';
import { parallel } from '../../server/src/search/mutations/parallel.js';
import { tileSize } from '../../server/src/search/mutations/tile-size.js';
import { sampleState } from '../../server/src/sketch/annotate.js';
import { createSketchContext, type SketchContext } from '../../server/src/sketch/context.js';
import { sketchesOf } from '../../server/src/sketch/generate.js';
import { boundOrUndefined, settle } from '../../server/src/sketch/settle.js';
import { conv2d, cpuTask, cudaTask, layerNorm, matmul, rowMin } from '../sketch/tasks.js';

const product = (lengths: readonly (number | null)[]): number => lengths.reduce<number>((n, length) => n * (length ?? 1), 1);

/** Checks the difference between the steps before and after a mutation. */
const EXPECT: readonly { readonly mutation: Mutation; readonly on: readonly string[]; readonly changed: (a: TransformStep, b: TransformStep) => void }[] = [
  {
    mutation: tileSize(1), on: ['conv', 'rowMin', 'matmul.cuda'],
    changed(a, b) {
      assert.ok(a.kind === 'SP' && b.kind === 'SP');
      assert.deepEqual({ ...b, lengths: a.lengths }, a);
      assert.notDeepEqual(b.lengths, a.lengths);
      assert.ok((b.lengths.at(-1) ?? 0) <= 64);
      if (b.extent % product(a.lengths) === 0) assert.equal(b.extent % product(b.lengths), 0);
    },
  },
  {
    mutation: autoUnroll(1), on: ['conv', 'rowMin', 'matmul.cuda'],
    changed: (a, b) => assert.ok(a.kind === 'PR' && b.kind === 'PR' && a.pragma !== b.pragma && a.stage === b.stage),
  },
  {
    mutation: computeLocation(1), on: ['conv', 'layerNorm'],
    changed: (a, b) => assert.ok(a.kind === 'CA' && b.kind === 'CA' && a.stage === b.stage),
  },
  {
    mutation: parallel(1), on: ['conv', 'layerNorm'],
    changed: (a, b) => assert.ok((a.kind === 'FU' && b.kind === 'FU' && b.iters[0] === 0) || ((a.kind === 'AN' || a.kind === 'PR') && a.kind === b.kind && a.iter !== b.iter)),
  },
];

const TASKS: Readonly<Record<string, SketchContext>> = {
  conv: createSketchContext(cpuTask(conv2d(14, 32, 64, 3, true))),
  rowMin: createSketchContext(cpuTask(rowMin(10, 1024))),
  layerNorm: createSketchContext(cpuTask(layerNorm(128, 768))),
  'matmul.cuda': createSketchContext(cudaTask(matmul(256, 256, 256))),
};

function samples(ctx: SketchContext, count: number, seed: number): State[] {
  const rng = createRng(seed);
  const sketches = sketchesOf(ctx);
  const found: State[] = [];
  while (found.length < count) {
    const state = sampleState(ctx, sketches[rng.int(sketches.length)]!, rng);
    const bound = state === undefined ? undefined : boundOrUndefined(state);
    if (bound !== undefined) found.push(bound);
  }
  return found;
}

for (const { mutation, on, changed } of EXPECT) {
  for (const name of on) {
    test(`${mutation.name} on ${name}`, () => {
      const ctx = TASKS[name]!;
      const rng = createRng(9);
      const before = samples(ctx, 120, 4);
      let differing = 0;
      for (const state of before) {
        const text = stateText(state);
        const mutated = mutation.apply(ctx, state, rng);
        assert.equal(stateText(state), text, 'the original is untouched');
        if (mutated === undefined) continue;
        assert.equal(mutated.steps.length, state.steps.length);
        mutated.steps.forEach((step, i) => {
          if (JSON.stringify(step) === JSON.stringify(state.steps[i])) return;
          changed(state.steps[i]!, step);
          differing++;
        });
        const bound = boundOrUndefined(mutated);
        if (bound !== undefined) assert.equal(stateText(settle(replay(ctx.task.dag, mutated.steps))), stateText(bound));
      }
      assert.ok(differing >= 15, `${differing} changed steps`);
    });
  }
}

test('a stage without parallel, pragma, split or location has no such mutation', () => {
  const ctx = TASKS['rowMin']!;
  const plain = settle(replay(ctx.task.dag, []));
  for (const mutation of [tileSize(1), autoUnroll(1), computeLocation(1), parallel(1)]) assert.equal(mutation.apply(ctx, plain, createRng(1)), undefined);
});

test('mutations of numbers are those of states, draw for draw', () => {
  for (const [name, ctx] of Object.entries(TASKS)) {
    const evaluator = createEvaluator(ctx);
    for (const mutation of [tileSize(1), autoUnroll(1)]) {
      const [a, b] = [createRng(7), createRng(7)];
      let moved = 0;
      for (const state of samples(ctx, 12, 3)) {
        const genome = evaluator.genomeOf(state);
        assert.ok(genome !== undefined);
        let plain: State | undefined = state;
        let vector: Genome | undefined = genome;
        for (let i = 0; i < 8 && plain !== undefined; i++) {
          const next: State | undefined = mutation.apply(ctx, plain, a);
          const changed: Genome | undefined = mutate(ctx, evaluator, mutation, vector, b);
          assert.deepEqual(changed?.source.steps, next?.steps, `${name} ${mutation.name}`);
          if (next === undefined || changed === undefined) break;
          assert.deepEqual(changed.source.stages.map((s) => s.autoUnrollMaxStep), next.stages.map((s) => s.autoUnrollMaxStep));
          [plain, vector] = [next, changed];
          moved++;
        }
        assert.equal(a.u32(), b.u32());
      }
      assert.ok(moved > 10 || !genomesHave(mutation, ctx), `${name} ${mutation.name}: ${moved}`);
    }
  }
});

/** Whether there is anything to mutate. */
function genomesHave(mutation: Mutation, ctx: SketchContext): boolean {
  return samples(ctx, 6, 3).some((state) => state.steps.some((step) => (mutation.name === 'TileSize' ? step.kind === 'SP' : step.kind === 'PR')));
}
