/** Each transform step: what it refuses, its sentence, what it does to the DAG and to ids. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inferBounds } from '../../server/src/bounds/infer-bounds.js';
import { compute, createDag, placeholder, reduce, at } from '../../server/src/dag/create.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { binary, float } from '../../server/src/ir/expr.js';
import { printProgram } from '../../server/src/ir/print.js';
import { lower } from '../../server/src/lower/lower.js';
import { applyStep, replay, replayFrom, withSteps } from '../../server/src/schedule/apply.js';
import { initialState } from '../../server/src/schedule/initial.js';
import { stageAxes } from '../../server/src/schedule/leaf-axes.js';
import { finalStageId, stageIdBefore } from '../../server/src/schedule/stage-ids.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { ScheduleError, type TransformStep } from '../../server/src/schedule/step.js';
import { english } from '../../server/src/schedule/steps/definition.js';
import { stepDefinition, stepFromRecord } from '../../server/src/schedule/steps/index.js';
import { evaluate } from './evaluate.js';

/** Stages 0 A, 1 B, 2 C = A B, 3 D = max(C, 0). */
function matmulRelu(m: number, n: number, l: number): ComputeDag {
  const a = placeholder('A', [m, l]);
  const b = placeholder('B', [l, n]);
  const c = reduce('C', [m, n], ['i', 'j'], { k: l }, 'add', ([i, j], [k]) => binary('mul', at(a, i!, k!), at(b, k!, j!)));
  const d = compute('D', [m, n], ['i', 'j'], ([i, j]) => binary('max', at(c, i!, j!), float(0)));
  return createDag([a, b, c, d]);
}

/** Stages 0 A, 1 S = sum or maximum of A over j and k. */
function rows(combiner: 'add' | 'max', extents: { j: number; k: number }): ComputeDag {
  const a = placeholder('A', [3, extents.j, extents.k]);
  return createDag([a, reduce('S', [3], ['i'], extents, combiner, ([i], [j, k]) => at(a, i!, j!, k!))]);
}

function steps(...records: unknown[][]): TransformStep[] {
  return records.map((record) => {
    const step = stepFromRecord(record);
    if (!step.ok) throw new Error(step.error.message);
    return step.value;
  });
}

const REFUSED: [string, unknown[][], RegExp][] = [
  ['no such stage', [['FU', 9, [0, 1]]], /FU: there is no stage 9: the state has 4 stages/],
  ['an input', [['SP', 0, 0, 512, [2], 1]], /SP: A is an input and has no loops/],
  ['no such iterator', [['SP', 2, 3, 512, [2], 1]], /SP: C has no iterator 3: it has 3/],
  ['annotated twice', [['AN', 2, 0, 3], ['AN', 2, 0, 1]], /AN: iterator i of C is parallel already/],
  ['tensorize', [['AN', 2, 0, 11]], /AN: tensorize/],
  ['not neighbours', [['FU', 2, [0, 2]]], /FU: iterators 0, 2 of C are not neighbours/],
  ['empty fusion around an attach point', [['CA', 2, 3, 0], ['FU', 3, []]], /FU: a stage is computed at a loop of D/],
  ['fusion of an attach point', [['CA', 2, 3, 0], ['FU', 3, [0, 1]]], /FU: a stage is computed at i of D/],
  ['unknown pragma', [['PR', 2, 0, 'unroll']], /PR: unknown pragma "unroll"/],
  ['order too short', [['RE', 2, [0, 1]]], /RE: the order lists 2 of the 3 iterators of C/],
  ['order with a twin', [['RE', 2, [0, 1, 1]]], /RE: iterator 1 of C stands twice/],
  ['follows no split', [['FU', 2, [0, 1]], ['FSP', 3, 0, 0, 1]], /FSP: step 0, which it follows, is FU/],
  ['follows what is not there', [['FSP', 3, 0, 0, 1]], /FSP: step 0, which it follows, does not exist/],
  ['follows too far', [['SP', 2, 0, 512, [2, 2], 1], ['FSP', 3, 0, 0, 4]], /FSP: 4 lengths cannot be had/],
  ['no such level', [['SP', 2, 0, 512, [2, 2], 1], ['FFSP', 3, 0, [0], 2, 1]], /FFSP: step 0 has no length at level 2/],
  ['inside itself', [['CA', 2, 3, 0], ['CA', 3, 2, 0]], /CA: D cannot be computed inside itself/],
  ['inlined reduction', [['CI', 2]], /CI: C is a reduction/],
  ['inlined output', [['CI', 3]], /CI: D is an output/],
  ['copy for one who does not read', [['CHR', 0, 'shared', [3]]], /CHR: D does not read A/],
  ['cache of a stage with guests', [['CA', 2, 3, 0], ['CHW', 3, 'local']], /CHW: a stage is computed at a loop of D/],
  ['factored spatial loop', [['RF', 2, 0, 0]], /RF: iterator i of C is not a reduction/],
  ['factored to nowhere', [['RF', 2, 2, 3]], /RF: position 3 is outside/],
];

for (const [name, records, message] of REFUSED) {
  test(`refused: ${name}`, () => {
    assert.throws(() => replay(matmulRelu(512, 512, 512), steps(...records)), (error) => error instanceof ScheduleError && message.test(error.message));
  });
}

const SENTENCES: [unknown[][], string][] = [
  [[['SP', 2, 0, 512, [2, 4, 4], 1]], 'split iterator i (512) of C into 16 x 2 x 4 x 4'],
  [[['CA', 2, 3, 0], ['SP', 2, 0, 0, [2, 4], 1]], 'split iterator i of C into ? x 2 x 4'],
  [[['SP', 2, 0, 512, [2, 4], 0]], 'split iterator i (512) of C into 2 x 4 x 64'],
  [[['SP', 2, 0, 512, [2, 4, 4], 1], ['FSP', 3, 0, 0, 2]], 'split iterator i (512) of D into 16 x 2 x 16, following step 0'],
  [[['SP', 2, 0, 512, [8, 4], 1], ['FFSP', 3, 0, [0], 0, 0]], 'split iterator i (512) of D into 8 x 64, following level 0 of steps 0'],
  [[['FU', 2, [0, 1]]], 'fuse iterators i, j of C into one loop of 262144'],
  [[['RE', 2, [2, 0, 1]]], 'reorder the loops of C: k, i, j'],
  [[['AN', 2, 0, 3]], 'run iterator i (512) of C in parallel'],
  [[['AN', 2, 1, 6]], 'bind iterator j (512) of C to threadIdx.x'],
  [[['PR', 2, 0, 'auto_unroll_max_step$16']], 'unroll loops of C automatically up to 16 steps'],
  [[['CA', 2, 3, 1]], 'compute C at iterator j of D'],
  [[['CR', 2]], 'compute C whole, in loops of its own'],
  [[['CHW', 2, 'local']], 'compute C in local memory first, then copy it'],
  [[['CHR', 0, 'shared', [2]]], 'copy A to shared memory for C'],
  [[['RF', 2, 2, 2]], 'factor iterator k (512) of the reduction C out: partial results first, then their combination'],
  [[['SA', 2, 0, 32, 8]], 'align the storage of C at i: stride a multiple of 32, plus 8'],
];

test('sentences', () => {
  for (const [records, sentence] of SENTENCES) {
    const all = steps(...records);
    const last = all.at(-1) as TransformStep;
    const before = replay(matmulRelu(512, 512, 512), all.slice(0, -1));
    assert.equal(stepDefinition(last.kind).print(before, last, english), sentence);
    assert.deepEqual(steps(stepDefinition(last.kind).toRecord(last) as unknown as unknown[]), [last]);
    applyStep(before, last);
  }
});

test('rewritten DAGs compute what the DAG as written computes', () => {
  const cases: [ComputeDag, unknown[][]][] = [
    [matmulRelu(4, 6, 5), [['CHW', 2, 'local']]],
    [matmulRelu(4, 6, 5), [['CHW', 3, 'local'], ['CHW', 2, 'local'], ['CHR', 1, 'shared', [2]], ['CHR', 0, 'shared', [3]]]],
    [matmulRelu(4, 6, 5), [['CHR', 2, 'local', [3]], ['CHR', 0, 'shared', [2]]]],
    [matmulRelu(4, 6, 12), [['SP', 2, 2, 12, [4], 1], ['RF', 2, 2, 2]]],
    [matmulRelu(4, 6, 12), [['SP', 2, 2, 12, [2, 3], 1], ['RF', 2, 3, 0]]],
    [matmulRelu(4, 6, 12), [['RF', 2, 2, 1]]],
    [rows('add', { j: 4, k: 6 }), [['FU', 1, [1, 2]], ['SP', 1, 1, 24, [8], 1], ['RF', 1, 2, 1]]],
    [rows('max', { j: 4, k: 6 }), [['FU', 1, [1, 2]], ['SP', 1, 1, 24, [8], 0], ['RF', 1, 1, 0]]],
    // Splits that do not divide are guarded.
    [rows('add', { j: 4, k: 6 }), [['SP', 1, 2, 6, [4], 1], ['RF', 1, 3, 1]]],
    [rows('max', { j: 5, k: 7 }), [['FU', 1, [1, 2]], ['SP', 1, 1, 35, [8], 1], ['RF', 1, 2, 1]]],
    [rows('add', { j: 4, k: 6 }), [['SP', 1, 1, 4, [2], 1], ['RF', 1, 2, 1], ['SP', 2, 1, 2, [1], 1], ['RF', 2, 1, 0]]],
  ];
  for (const [dag, records] of cases) {
    const state = replay(dag, steps(...records));
    const [got, want] = [evaluate(state.dag), evaluate(dag)];
    assert.deepEqual(got, want, JSON.stringify(records));
    assert.ok(want[0]?.every(Number.isFinite));
    // A stage-creating step leaves the state it was applied to as it was.
    assert.equal(initialState(dag).dag, state.initialDag);
  }
});

test('a second copy of a tensor in one scope gets a name of its own', () => {
  const a = placeholder('A', [8]);
  const b = compute('B', [8], ['i'], ([i]) => binary('add', at(a, i!), float(1)));
  const c = compute('C', [8], ['i'], ([i]) => binary('mul', at(a, i!), at(b, i!)));
  const state = replay(createDag([a, b, c]), steps(['CHR', 0, 'shared', [2]], ['CHR', 0, 'shared', [2]]));
  assert.deepEqual(state.dag.ops.map((op) => op.name), ['A', 'A.shared.d', 'A.shared', 'B', 'C']);
  assert.deepEqual(evaluate(state.dag), evaluate(createDag([a, b, c])));
});

test('a scalar gets its one loop from an empty fusion', () => {
  const a = placeholder('A', [8]);
  const s = reduce('S', [], [], { k: 8 }, 'add', (_, [k]) => at(a, k!));
  const d = compute('D', [], [], () => binary('add', at(s), float(1)));
  const state = replay(createDag([a, s, d]), steps(['FU', 2, []]));
  assert.deepEqual(state.stages[2]?.iters.map((it) => [it.name, it.kind, it.range]), [['', 'special', { min: 0, extent: 1 }]]);
});

test('a fusion of nothing puts one loop around a scalar\'s reduction, which later steps cannot name', () => {
  const a = placeholder('A', [8]);
  const s = reduce('S', [], [], { k: 8 }, 'add', (_, [k]) => at(a, k!));
  const state = replay(createDag([a, s]), steps(['FU', 1, []], ['SP', 1, 0, 1, [1], 1], ['AN', 1, 0, 5], ['AN', 1, 1, 6]));
  const bound = inferBounds(state);
  assert.equal(stateText(bound), 'Placeholder: A\nS = ...\n');
  const text = printProgram(lower(state));
  assert.match(text, /blockIdx.x[^]*threadIdx.x[^]*for .*k[^]*S\[/);
});

test('filling open lengths exchanges the steps and leaves the ranges', () => {
  const dag = matmulRelu(512, 512, 512);
  const open: TransformStep[] = [
    { kind: 'SP', stage: 2, iter: 0, extent: 512, lengths: [null, null], innerToOuter: true },
    { kind: 'FSP', stage: 3, iter: 0, source: 0, nSplit: 1 },
  ];
  const sketch = replay(dag, open);
  assert.equal(sketch.concrete, false);
  assert.match(stateText(sketch), /for i\.0 \(None\)\n {2}for i\.1 \(None\)\n {4}for i\.2 \(None\)/);
  const filled = withSteps(sketch, [{ ...(open[0] as Extract<TransformStep, { kind: 'SP' }>), lengths: [4, 8] }, open[1] as TransformStep]);
  assert.equal(filled.concrete, true);
  assert.equal(stateText(filled), stateText(sketch));
  assert.equal(filled.stages, sketch.stages);
  assert.match(stateText(replay(dag, filled.steps)), /for i\.0 \(0,16\)\n {2}for i\.1 \(0,4\)\n {4}for i\.2 \(0,8\)[^]*for i\.0 \(0,16\)\n {2}for i\.1 \(0,32\)/);
  assert.throws(() => stepDefinition('SP').toRecord(open[0] as TransformStep), /open length/);
});

test('ranges after a length that is open, or on a loop without range', () => {
  const dag = matmulRelu(512, 512, 512);
  const ranges = (lengths: (number | null)[], innerToOuter: boolean): unknown =>
    replay(dag, [{ kind: 'SP', stage: 2, iter: 0, extent: 512, lengths, innerToOuter }]).stages[2]?.iters.slice(0, lengths.length + 1).map((it) => it.range?.extent);
  assert.deepEqual(ranges([null, 4, 2], true), [undefined, undefined, 4, 2]);
  assert.deepEqual(ranges([4, null, 2], false), [4, undefined, undefined, undefined]);
  assert.deepEqual(ranges([3, 100], true), [2, 3, 100]);
  const moved = replay(dag, steps(['CA', 2, 3, 0], ['SP', 2, 0, 0, [16], 1]));
  assert.deepEqual(moved.stages[2]?.iters.map((it) => it.range), [undefined, undefined, undefined, undefined]);
});

test('stages computed at one loop are printed in the order of their steps; ids of loops follow splits and fusions', () => {
  const dag = matmulRelu(64, 64, 64);
  const state = replay(dag, steps(
    ['CHR', 1, 'shared', [2]], ['CHR', 0, 'shared', [3]], ['CA', 3, 4, 0], ['CA', 1, 4, 0], ['CA', 4, 5, 1], ['SP', 5, 1, 64, [4], 1], ['SP', 4, 0, 0, [2], 1],
  ));
  assert.deepEqual(state.attachments, [{ stage: 3, target: 4, iter: 1 }, { stage: 1, target: 4, iter: 1 }, { stage: 4, target: 5, iter: 2 }]);
  const names = stateText(state).match(/\S+(?= = \.\.\.)/g);
  assert.deepEqual(names, ['B.shared', 'A.shared', 'C', 'D']);
  const fused = replayFrom(state, steps(['FU', 5, [0, 1, 2]], ['CA', 3, 4, 1]));
  assert.deepEqual(fused.attachments, [{ stage: 1, target: 4, iter: 1 }, { stage: 4, target: 5, iter: 0 }, { stage: 3, target: 4, iter: 1 }]);
  assert.deepEqual(stateText(fused).match(/\S+(?= = \.\.\.)/g), ['A.shared', 'B.shared', 'C', 'D']);
});

test('the worked GPU matmul of the format description', () => {
  const a = placeholder('A', [256, 64]);
  const b = placeholder('B', [64, 128]);
  const c = reduce('C', [256, 128], ['i', 'j'], { k: 64 }, 'add', ([i, j], [k]) => binary('mul', at(a, i!, k!), at(b, k!, j!)));
  const first = steps(
    ['CHW', 2, 'local'], ['SP', 2, 0, 256, [2, 8, 4, 1], 1], ['SP', 2, 5, 128, [1, 4, 2, 4], 1], ['SP', 2, 10, 64, [4, 2], 1],
    ['RE', 2, [0, 5, 1, 6, 2, 7, 10, 11, 3, 8, 12, 4, 9]], ['FSP', 3, 0, 1, 3], ['FSP', 3, 4, 2, 3], ['RE', 3, [0, 4, 1, 5, 2, 6, 3, 7]], ['CA', 2, 3, 5],
    ['CHR', 1, 'shared', [2]], ['CA', 2, 3, 6], ['CHR', 0, 'shared', [3]], ['CA', 1, 4, 6],
  );
  const tiled = replay(createDag([a, b, c]), first);
  assert.deepEqual(tiled.dag.ops.map((op) => op.name), ['A', 'A.shared', 'B', 'B.shared', 'C.local', 'C']);
  assert.deepEqual(tiled.attachments, [{ stage: 4, target: 5, iter: 5 }, { stage: 3, target: 4, iter: 6 }, { stage: 1, target: 4, iter: 6 }]);
  assert.deepEqual(tiled.stages[5]?.iters.map((it) => it.range?.extent), [4, 4, 2, 1, 8, 4, 4, 8]);
  const bound = replayFrom(tiled, steps(['FU', 5, [0, 1]], ['AN', 5, 0, 5], ['FU', 5, [1, 2]], ['AN', 5, 1, 4], ['FU', 5, [2, 3]], ['AN', 5, 2, 6]));
  assert.deepEqual(bound.attachments[0], { stage: 4, target: 5, iter: 2 });
  assert.deepEqual(bound.stages[5]?.iters.slice(0, 3).map((it) => [it.name, it.annotation, it.range?.extent]), [
    ['i.0@j.0@', 'blockIdx.x', 16], ['i.1@j.1@', 'vthread', 2], ['i.2@j.2@', 'threadIdx.x', 32],
  ]);
  const fetch = replayFrom(bound, steps(['FU', 3, [0, 1]], ['SP', 3, 0, 64, [1], 1], ['AN', 3, 1, 2], ['FFSP', 3, 0, [2, 1], 1, 1], ['AN', 3, 1, 6]));
  assert.deepEqual(fetch.stages[3]?.iters.map((it) => `${it.annotation} ${it.name}`), ['none ax0@ax1@.0.0', 'threadIdx.x ax0@ax1@.0.1', 'vectorize ax0@ax1@.1']);
  const stage = fetch.stages[3];
  assert.ok(stage?.op.kind === 'compute');
  assert.deepEqual(stageAxes(fetch.steps, 3, stage.op).leaves.map((leaf) => [leaf.var.name, leaf.extent]), [
    ['ax0.ax1.fused.outer.outer', 256], ['ax0.ax1.fused.outer.inner', 32], ['ax0.ax1.fused.inner', 1],
  ]);
  // C was stage 2 at first and is 5 now; its cache came from it.
  assert.equal(finalStageId(fetch.steps, 2, 0), 5);
  assert.equal(stageIdBefore(fetch.steps, 5, 0), 2);
  assert.equal(stageIdBefore(fetch.steps, 4, 0), 2);
  assert.equal(stageIdBefore(fetch.steps, 5, 9), 3);
});
