/** The layout options of records: untouched weights, a stage that copies them, weights packed by the caller. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import { inferBounds } from '../../server/src/bounds/infer-bounds.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { elementCount, type Buffer } from '../../server/src/ir/buffer.js';
import { interpretProgram } from '../../server/src/ir/interpret.js';
import { printProgram } from '../../server/src/ir/print.js';
import { rewriteConstantLayouts } from '../../server/src/lower/layout-rewrite.js';
import { rewriteLayouts } from '../../server/src/lower/layout-transform.js';
import { lower, lowerNaive } from '../../server/src/lower/lower.js';
import { replay } from '../../server/src/schedule/apply.js';
import { initialState } from '../../server/src/schedule/initial.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { ScheduleError } from '../../server/src/schedule/step.js';
import { stepsOf, workloads } from '../schedule/oracle.js';
import { randomSchedule } from './random-schedule.js';
import { SMALL_DAGS } from './small-dags.js';

const matmul = workloads().find((w) => w.name === 'matmul_layout_free_512.llvm');

/** Sample number, loops of the transform stage and what it reads, as the original's programs have them. */
const ORIGINAL: readonly (readonly [number, string, RegExp])[] = [
  [0, 'parallel ax0@ax1@ax2@ (0,128)\n  for ax3 (0,8)\n    for ax4 (0,4)\n      for ax5 (0,64)\n        auto_scheduler_layout_transform = ...\n', /\[ax3 \* 64 \+ ax5, ax0_ax1_fused_ax2_fused \* 4 \+ ax4\]/],
  [7, 'parallel ax0@ax1@ax2@ (0,4096)\n  for ax3 (0,4)\n    for ax4 (0,8)\n      for ax5 (0,2)\n        auto_scheduler_layout_transform = ...\n', /\[ax0_ax1_fused_ax2_fused % 64 \* 8 \+ ax4, ax0_ax1_fused_ax2_fused \/\/ 64 \* 8 \+ ax3 \* 2 \+ ax5\]/],
];
for (const [index, loops, reads] of ORIGINAL) {
  test(`sample ${index} of matmul_layout_free_512: the original's transform stage`, () => {
    const sample = matmul?.samples[index];
    assert.ok(matmul !== undefined && sample !== undefined);
    const { state, rewrites } = rewriteLayouts(replay(matmul.dag, stepsOf(sample.record)), 1);
    assert.deepEqual(rewrites, []);
    const text = stateText(inferBounds(state));
    assert.ok(text.startsWith(`Placeholder: A, B\n${loops}`), text);
    assert.ok(text.endsWith(sample.bound_state_text.replace(/^Placeholder.*\n/, '')), text);
    assert.match(printProgram(lower(state)), reads);
  });
}

test('options 0 and 2', () => {
  const sample = matmul?.samples[0];
  assert.ok(matmul !== undefined && sample !== undefined);
  const state = replay(matmul.dag, stepsOf(sample.record));
  assert.deepEqual(rewriteLayouts(state, 0), { state, rewrites: [] });
  const packed = rewriteLayouts(state, 2);
  assert.deepEqual(packed.rewrites.map((r) => r.rewritten.shape), rewriteConstantLayouts(state).rewrites.map((r) => r.rewritten.shape));
  assert.equal(packed.rewrites.length, 1);
});

for (const name of ['matmul and relu', 'convolution']) {
  test(`${name}: the same results with a transform stage, whatever the steps`, () => {
    const dag = SMALL_DAGS[name] as ComputeDag;
    const naive = lowerNaive(dag);
    const rng = createRng(3);
    const inputs = new Map<Buffer, Float32Array>(naive.inputs.map((b) => [b, Float32Array.from({ length: elementCount(b.shape) }, () => rng.int(9) - 4)]));
    const output = dag.outputs[0] as Buffer;
    const want = interpretProgram(naive, inputs).get(output);
    const shifted = new Set<string>();
    let transformed = 0;
    for (let seed = 1; seed <= 140; seed++) {
      try {
        const before = randomSchedule(initialState(dag), createRng(seed * 7));
        const { state } = rewriteLayouts(before, 1);
        if (state === before) continue;
        const program = lower(state);
        transformed++;
        before.steps.forEach((step) => shifted.add(step.kind));
        assert.deepEqual(program.inputs, naive.inputs);
        assert.deepEqual(interpretProgram(program, inputs).get(output), want, `seed ${seed}`);
      } catch (e) {
        if (!(e instanceof ScheduleError)) throw e;
      }
    }
    assert.ok(transformed >= 20, `${transformed} schedules have a transform stage`);
    for (const kind of ['CA', 'CHW', 'CHR']) assert.ok(shifted.has(kind), `${kind} among ${[...shifted].join()}`);
  });
}
