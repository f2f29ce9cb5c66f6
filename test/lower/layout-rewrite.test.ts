/** Packed constant weights: the original's packed shapes for its best records, and equal results with permuted data. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { elementCount, type Buffer } from '../../server/src/ir/buffer.js';
import { interpretProgram } from '../../server/src/ir/interpret.js';
import { packWeights, rewriteConstantLayouts } from '../../server/src/lower/layout-rewrite.js';
import { lower, lowerNaive } from '../../server/src/lower/lower.js';
import { replay } from '../../server/src/schedule/apply.js';
import { initialState } from '../../server/src/schedule/initial.js';
import { stepFromRecord } from '../../server/src/schedule/steps/index.js';
import { tcDag } from '../schedule/oracle.js';
import { BEST } from './best-records.js';
import { randomSchedule } from './random-schedule.js';
import { SMALL_DAGS } from './small-dags.js';

for (const { workload, weight, steps, shape } of BEST) {
  test(`${workload}: shape of the packed ${weight}`, () => {
    const dag = tcDag(workload);
    const state = replay(dag, steps.map((s) => {
      const step = stepFromRecord(s);
      assert.ok(step.ok);
      return step.value;
    }));
    const { state: rewritten, rewrites } = rewriteConstantLayouts(state);
    assert.deepEqual(rewrites.map((r) => r.rewritten.shape), [shape]);
    assert.deepEqual(rewritten.steps, state.steps);
    assert.equal(lower(rewritten).inputs.find((b) => b.name === weight), rewrites[0]?.rewritten);
  });
}

function values(shape: readonly number[], seed: number): Float32Array {
  const rng = createRng(seed);
  return Float32Array.from({ length: elementCount(shape) }, () => rng.int(9) - 4);
}

for (const name of ['matmul and relu', 'convolution']) {
  test(`${name}: results with packed weights`, () => {
    const dag = SMALL_DAGS[name] as ComputeDag;
    const naive = lowerNaive(dag);
    const data = new Map<Buffer, Float32Array>(naive.inputs.map((b, i) => [b, values(b.shape, i + 1)]));
    const want = interpretProgram(naive, data).get(dag.outputs[0] as Buffer) as Float64Array;
    let packed = 0;
    for (let seed = 1; seed <= 120; seed++) {
      const state = randomSchedule(initialState(dag), createRng(seed));
      let program: ReturnType<typeof lower>;
      let result: ReturnType<typeof rewriteConstantLayouts>;
      try {
        result = rewriteConstantLayouts(state);
        program = lower(result.state);
      } catch {
        continue;
      }
      if (result.rewrites.length === 0) continue;
      packed++;
      const inputs = new Map<Buffer, Float32Array>(program.inputs.map((b, i) => {
        const original = naive.inputs[i] as Buffer;
        const rewrite = result.rewrites.find((r) => r.placeholder === original);
        const plain = data.get(original) as Float32Array;
        return [b, rewrite === undefined ? plain : packWeights(rewrite, plain)];
      }));
      const have = interpretProgram(program, inputs).get(dag.outputs[0] as Buffer);
      assert.deepEqual(have, want, `seed ${seed}`);
    }
    assert.ok(packed >= 20, `${packed} of 120 schedules have packed weights`);
  });
}
