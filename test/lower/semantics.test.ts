/** Lowered programs compute what the DAG says: naive programs, and random schedules (imperfect tiles included), by interpretation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inferBounds } from '../../server/src/bounds/infer-bounds.js';
import { createRng } from '../../server/src/base/rng.js';
import { elementCount, type Buffer } from '../../server/src/ir/buffer.js';
import { evaluateDag } from '../../server/src/dag/evaluate.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { interpretProgram } from '../../server/src/ir/interpret.js';
import type { Program } from '../../server/src/ir/program.js';
import { lower, lowerNaive } from '../../server/src/lower/lower.js';
import { initialState } from '../../server/src/schedule/initial.js';
import { ScheduleError } from '../../server/src/schedule/step.js';
import { SMALL_DAGS } from './small-dags.js';
import { softmaxOverThreads, tiledMatmul } from './gpu-schedule.js';
import { randomSchedule } from './random-schedule.js';
import { serialProgram } from './serial.js';

function inputsOf(dag: ComputeDag, seed: number): Map<Buffer, Float64Array> {
  const rng = createRng(seed);
  const inputs = new Map<Buffer, Float64Array>();
  for (const op of dag.ops) {
    if (op.kind === 'placeholder') inputs.set(op.output, Float64Array.from({ length: elementCount(op.output.shape) }, () => rng.int(9) - 4));
  }
  return inputs;
}

function sameValues(program: Program, dag: ComputeDag, what: string): void {
  const inputs = inputsOf(dag, 7);
  const want = evaluateDag(dag, inputs);
  const have = interpretProgram(serialProgram(program), inputs);
  for (const buffer of dag.outputs) {
    const a = have.get(buffer) as Float64Array;
    const b = want.get(buffer) as Float64Array;
    for (let i = 0; i < b.length; i++) {
      const [x, y] = [a[i] as number, b[i] as number];
      assert.ok(Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(y)), `${what}: element ${i} of ${buffer.name} is ${x}, not ${y}`);
    }
  }
}

for (const [name, dag] of Object.entries(SMALL_DAGS)) {
  test(`${name}: the naive program`, () => sameValues(lowerNaive(dag), dag, name));

  test(`${name}: random schedules`, () => {
    let lowered = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const state = randomSchedule(initialState(dag), createRng(seed * 31));
      let program: Program;
      try {
        program = lower(inferBounds(state));
      } catch (e) {
        if (e instanceof ScheduleError) continue;
        throw e;
      }
      lowered++;
      sameValues(program, dag, `seed ${seed}, steps ${JSON.stringify(state.steps)}`);
    }
    assert.ok(lowered >= 60, `only ${lowered} of 150 schedules are legal`);
  });
}

test('GPU tiles with shared and local copies', () => {
  const dag = SMALL_DAGS['matmul and relu'] as ComputeDag;
  for (let seed = 1; seed <= 60; seed++) sameValues(lower(tiledMatmul(dag, 6, 8, 10, createRng(seed))), dag, `seed ${seed}`);
});

test('reductions across threads, threads that do not divide the row', () => {
  const dag = SMALL_DAGS.softmax as ComputeDag;
  for (let seed = 1; seed <= 20; seed++) sameValues(lower(softmaxOverThreads(dag, 12, createRng(seed))), dag, `seed ${seed}`);
});
