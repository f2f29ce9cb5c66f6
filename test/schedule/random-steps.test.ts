/** Random steps: refused with a ScheduleError, or the state stays well formed and computes the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok } from '../../server/src/base/result.js';
import { createRng, type Rng } from '../../server/src/base/rng.js';
import { at, compute, createDag, placeholder, reduce } from '../../server/src/dag/create.js';
import { binary, float } from '../../server/src/ir/expr.js';
import { applyStep, replay } from '../../server/src/schedule/apply.js';
import { initialState } from '../../server/src/schedule/initial.js';
import { stageAxes } from '../../server/src/schedule/leaf-axes.js';
import { createReplayer } from '../../server/src/schedule/replayer.js';
import type { State } from '../../server/src/schedule/state.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { ScheduleError, type TransformStep } from '../../server/src/schedule/step.js';
import { english } from '../../server/src/schedule/steps/definition.js';
import { stepDefinition, stepFromRecord } from '../../server/src/schedule/steps/index.js';
import { evaluate } from './evaluate.js';

const a = placeholder('A', [4, 6]);
const b = placeholder('B', [6, 3]);
const scaled = compute('S', [4, 6], ['x', 'y'], ([x, y]) => binary('mul', at(a, x!, y!), float(2)));
const c = reduce('C', [4, 3], ['i', 'j'], { k: 6 }, 'add', ([i, j], [k]) => binary('mul', at(scaled, i!, k!), at(b, k!, j!)));
const d = reduce('D', [4], ['i'], { j: 3 }, 'max', ([i], [j]) => binary('add', at(c, i!, j!), at(scaled, i!, j!)));
const dag = createDag([a, b, scaled, c, d]);

function randomStep(state: State, rng: Rng): unknown[] {
  const stage = rng.int(state.stages.length + 1);
  const iters = state.stages[stage]?.iters.length ?? 0;
  const iter = rng.int(iters + 1);
  const some = (n: number): number[] => Array.from({ length: rng.int(n) }, () => rng.int(4) + 1);
  const range = (from: number, n: number): number[] => Array.from({ length: n }, (_, k) => from + k);
  switch (rng.int(14)) {
    case 0: return ['AN', stage, iter, rng.int(12)];
    case 1: return ['FU', stage, range(iter, rng.int(4))];
    case 2: return ['PR', stage, iter, ['auto_unroll_max_step$16', 'debug_skip_region', 'none'][rng.int(3)]];
    case 3: return ['RE', stage, range(0, iters).sort(() => rng.int(3) - 1)];
    case 4: case 5: return ['SP', stage, iter, 0, some(4), rng.int(2)];
    case 6: return ['FSP', stage, iter, rng.int(state.steps.length + 1), rng.int(4)];
    case 7: return ['FFSP', stage, iter, [rng.int(state.steps.length + 1)], rng.int(3), rng.int(2)];
    case 8: return ['SA', stage, iter, 32, 8];
    case 9: return ['CA', stage, rng.int(state.stages.length), rng.int(6)];
    case 10: return [rng.int(2) === 0 ? 'CI' : 'CR', stage];
    case 11: return ['CHR', stage, 'shared', [rng.int(state.stages.length)]];
    case 12: return ['CHW', stage, 'local'];
    default: return ['RF', stage, iter, rng.int(3)];
  }
}

test('600 random schedules', () => {
  const rng = createRng(20201);
  const want = evaluate(dag);
  const replayer = createReplayer(dag);
  const kinds = new Map<string, number>();
  for (let run = 0; run < 600; run++) {
    let state = initialState(dag);
    for (let k = 0; k < 14; k++) {
      const read = stepFromRecord(randomStep(state, rng));
      if (!read.ok) continue;
      const step: TransformStep = read.value;
      const before = stateText(state, { trivialLoops: true });
      let next: State;
      try {
        next = applyStep(state, step);
      } catch (error) {
        assert.ok(error instanceof ScheduleError, String(error));
        continue;
      }
      assert.ok(stepDefinition(step.kind).print(state, step, english).length > 0);
      assert.equal(stateText(state, { trivialLoops: true }), before, 'the state before is not changed');
      kinds.set(step.kind, (kinds.get(step.kind) ?? 0) + 1);
      state = next;
    }
    assert.equal(state.stages.length, state.dag.ops.length);
    state.stages.forEach((stage, id) => {
      assert.equal(stage.op, state.dag.ops[id]);
      if (stage.op.kind === 'compute') {
        // A fusion of nothing hides the loops that were there.
        const hides = state.steps.some((step) => step.kind === 'FU' && step.iters.length === 0);
        const hidden = stageAxes(state.steps, id, stage.op).leaves.length - stage.iters.length;
        assert.ok(hides ? hidden >= 0 : hidden === 0, `${hidden} leaves too many`);
      }
      assert.ok(state.attachments.filter((x) => x.stage === id).length <= 1);
    });
    for (const { stage, target, iter } of state.attachments) {
      assert.equal(state.stages[stage]?.computeAt, 'iter');
      assert.ok((state.stages[target]?.iters.length ?? 0) > iter);
    }
    assert.deepEqual(evaluate(state.dag), want);
    const steps = state.steps.map((step) => stepFromRecord(stepDefinition(step.kind).toRecord(step)));
    assert.deepEqual(steps, state.steps.map((value) => ok(value)));
    const again = replay(dag, steps.flatMap((step) => (step.ok ? [step.value] : [])));
    assert.equal(stateText(again, { trivialLoops: true }), stateText(state, { trivialLoops: true }));
    assert.equal(stateText(replayer.replay(state.steps), { trivialLoops: true }), stateText(state, { trivialLoops: true }));
  }
  assert.equal(kinds.size, 14, [...kinds].join(' '));
});
