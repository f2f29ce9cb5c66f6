/** Random annotation: samples are legal, replay to the same program, and cover what the original drew. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import { replay } from '../../server/src/schedule/apply.js';
import type { TransformStep } from '../../server/src/schedule/step.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { sampleState } from '../../server/src/sketch/annotate.js';
import { createSketchContext } from '../../server/src/sketch/context.js';
import { sketchesOf } from '../../server/src/sketch/generate.js';
import { DEFAULT_SKETCH_PARAMS } from '../../server/src/sketch/params.js';
import { boundOrUndefined, settle } from '../../server/src/sketch/settle.js';
import { createTileTable } from '../../server/src/sketch/tile-table.js';
import { stepsOf } from '../schedule/oracle.js';
import { cpuTask, conv2d, maliTask, matmul, oracleTasks } from './tasks.js';

/** A step without the numbers that are drawn freely. */
function shape(step: TransformStep): string {
  switch (step.kind) {
    case 'SP': return `SP ${step.stage} ${step.iter} ${step.lengths.length}`;
    case 'PR': return `PR ${step.stage}`;
    default: return JSON.stringify(step);
  }
}

/** Pairs of neighbouring steps. */
function pairs(steps: readonly TransformStep[]): string[] {
  return steps.map((step, i) => `${i === 0 ? '' : shape(steps[i - 1] as TransformStep)} > ${shape(step)}`);
}

for (const { name, task, workload } of oracleTasks()) {
  test(`${name}: samples are legal and cover the original's`, () => {
    const ctx = createSketchContext(task);
    const sketches = sketchesOf(ctx);
    const rng = createRng(11);
    const ours = new Set<string>();
    let replayed = 0;
    for (let i = 0; i < 700; i++) {
      const state = sampleState(ctx, sketches[rng.int(sketches.length)]!, rng);
      const bound = state === undefined ? undefined : boundOrUndefined(state);
      if (state === undefined || bound === undefined) continue;
      for (const pair of pairs(state.steps)) ours.add(pair);
      assert.equal(bound.concrete, true);
      if (replayed++ < 20) assert.equal(stateText(settle(replay(task.dag, state.steps))), stateText(bound));
    }
    assert.ok(replayed > 50, `${replayed} legal samples`);
    const samples = workload.samples as readonly { readonly source?: string; readonly record: (typeof workload.samples)[number]['record'] }[];
    const theirs = samples.filter((sample) => sample.source === 'initial').map((sample) => pairs(stepsOf(sample.record)));
    const missing = theirs.flat().filter((pair) => !ours.has(pair));
    // What is left are rare draws.
    assert.ok(missing.length <= 0.02 * theirs.flat().length, missing.join('\n'));
  });
}

test('tile sizes are drawn uniformly among all tuples that divide', () => {
  const tiles = createTileTable();
  const rng = createRng(5);
  for (const [extent, n, max] of [[12, 2, 64], [8, 3, 2], [30, 1, 6], [1, 3, 64], [7, 2, 4]] as const) {
    const all = new Map<string, number>();
    const visit = (rest: number, lengths: number[]): void => {
      if (lengths.length === n) {
        if (lengths.at(-1)! <= max) all.set(lengths.join(), 0);
        return;
      }
      for (let d = 1; d <= rest; d++) if (rest % d === 0) visit(rest / d, [...lengths, d]);
    };
    visit(extent, []);
    assert.equal(tiles.count(extent, n, max), all.size);
    const draws = 400 * all.size;
    for (let i = 0; i < draws; i++) {
      const key = tiles.draw(extent, n, max, rng).join();
      assert.ok(all.has(key), `${key} for ${extent}`);
      all.set(key, all.get(key)! + 1);
    }
    for (const [key, count] of all) assert.ok(Math.abs(count - 400) < 110, `${key} of ${extent}: ${count} of ${draws}`);
  }
});

test('locations stay where the sketch put them when told so', () => {
  const ctx = createSketchContext(cpuTask(conv2d(14, 16, 16, 3, true)), { ...DEFAULT_SKETCH_PARAMS, disableChangeComputeLocation: true });
  const rng = createRng(1);
  for (const sketch of sketchesOf(ctx)) {
    const before = sketch.steps.filter((step) => step.kind === 'CA' || step.kind === 'CR').length;
    const state = sampleState(ctx, sketch, rng);
    assert.equal(state?.steps.filter((step) => step.kind === 'CA' || step.kind === 'CR').length, before);
  }
});

test('on Mali inner loops are vectorised after threads are bound', () => {
  const ctx = createSketchContext(maliTask(matmul(256, 256, 256)));
  const rng = createRng(2);
  const texts: string[] = [];
  for (let i = 0; i < 200; i++) {
    const state = sampleState(ctx, sketchesOf(ctx)[0]!, rng);
    if (state !== undefined) texts.push(stateText(settle(state)));
  }
  assert.ok(texts.length > 20);
  assert.ok(texts.every((text) => text.includes('threadIdx.x')));
  assert.ok(texts.some((text) => /vectorize/.test(text)));
});
