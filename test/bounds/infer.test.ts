/** Bound inference on hand-made steps of the original, invalid attachments, open splits, symbolic extents, inlining. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inferBounds } from '../../server/src/bounds/infer-bounds.js';
import { at, compute, createDag, placeholder, reduce } from '../../server/src/dag/create.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { binary, int, type Expr } from '../../server/src/ir/expr.js';
import { replay } from '../../server/src/schedule/apply.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import type { State } from '../../server/src/schedule/state.js';
import { ScheduleError } from '../../server/src/schedule/step.js';
import { stepFromRecord } from '../../server/src/schedule/steps/index.js';
import { ORACLE, stepsOf, traces } from '../schedule/oracle.js';

test('hand-made step sequences of the original', () => {
  const wanted = JSON.parse(readFileSync(join(ORACLE, 'manual_steps.json'), 'utf8')) as { label: string; bound_state_text: string }[];
  for (const trace of traces()) {
    const bound = inferBounds(replay(trace.dag, stepsOf(trace.record)));
    assert.equal(stateText(bound), wanted.find((w) => w.label === trace.label)?.bound_state_text, trace.label);
  }
});

function state(dag: ComputeDag, records: readonly (readonly unknown[])[]): State {
  return replay(dag, records.map((record) => {
    const step = stepFromRecord(record);
    assert.ok(step.ok);
    return step.value;
  }));
}

const a = placeholder('A', [8, 16]);
const rows = reduce('R', [8], ['i'], { k: 16 }, 'add', ([i], [k]) => at(a, i as Expr, k as Expr));
const left = compute('L', [8, 16], ['i', 'j'], ([i, j]) => binary('sub', at(a, i as Expr, j as Expr), at(rows, i as Expr)));
const both = compute('O', [8, 16], ['i', 'j'], ([i, j]) => binary('add', at(left, i as Expr, j as Expr), at(rows, i as Expr)));
const twoReaders = createDag([a, rows, left, both]);

test('a stage that some reader does not pass cannot be attached', () => {
  assert.throws(() => inferBounds(state(twoReaders, [['CA', 1, 3, 0]])), (e: unknown) => e instanceof ScheduleError && e.step === 'bounds' && e.message.includes('L'));
  assert.doesNotThrow(() => inferBounds(state(twoReaders, [['CA', 2, 3, 0], ['CA', 1, 3, 0]])));
});

test('inlined readers count with what they read', () => {
  const text = stateText(inferBounds(state(twoReaders, [['CI', 2], ['CA', 1, 3, 0]])));
  assert.equal(text, 'Placeholder: A\nfor i (0,8)\n  for k (0,16)\n    R = ...\n  for j (0,16)\n    O = ...\n');
});

test('open splits have no bounds', () => {
  const open = replay(twoReaders, [{ kind: 'SP', stage: 3, iter: 0, extent: 8, lengths: [null], innerToOuter: true }]);
  assert.throws(() => inferBounds(open), (e: unknown) => e instanceof ScheduleError && e.step === 'bounds');
});

test('extents that depend on outer loops are expressions', () => {
  const x = placeholder('X', [16]);
  const copy = compute('C', [16], ['i'], ([i]) => at(x, i as Expr));
  const bound = (divisor: number, split: number): string => {
    const read = compute('H', [30], ['i'], ([i]) => at(copy, binary('floordiv', i as Expr, int(divisor))));
    return stateText(inferBounds(state(createDag([x, copy, read]), [['SP', 2, 0, 30, [split], 1], ['CA', 1, 2, 0]]))).split('\n')[2] as string;
  };
  assert.equal(bound(2, 3), '  for i (i_outer * 3 // 2,2)');
  assert.equal(bound(2, 2), '  C = ...');
  assert.equal(bound(2, 6), '  for i (i_outer * 3,3)');
  assert.equal(bound(3, 5), '  for i (i_outer * 5 // 3,(i_outer * 5 + 1) // 3 + 2 - i_outer * 5 // 3)');
  const twice = compute('H', [30], ['i'], ([i]) => binary('add', at(copy, binary('floordiv', i as Expr, int(2))), at(copy, binary('floordiv', binary('add', i as Expr, int(1)), int(2)))));
  const text = stateText(inferBounds(state(createDag([x, copy, twice]), [['SP', 2, 0, 30, [3], 1], ['CA', 1, 2, 0]])));
  assert.equal(text.split('\n')[2], '  for i (i_outer * 3 // 2,i_outer % 2 + 2)');
});
