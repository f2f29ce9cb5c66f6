import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flatten, loopTree } from '../../server/src/ide/tree/loop-tree.js';
import { treeSteps } from '../../server/src/ide/tree/tree-steps.js';
import type { LoopNode } from '../../server/src/protocol/loop-tree-view.js';
import { replay } from '../../server/src/schedule/apply.js';
import { english } from '../../server/src/schedule/steps/definition.js';
import { stepsOf, tcDag, traces, workloads } from '../schedule/oracle.js';

interface Line { readonly depth: number; readonly text: string }

/** What a state text says: loops and statements in their order, with their nesting. */
function linesOf(stateText: string): Line[] {
  return stateText.split('\n').slice(1).filter((line) => line !== '' && !/ (auto_unroll|storage_offset): /.test(line)).map((line) => {
    const text = line.trimStart();
    return { depth: (line.length - text.length) / 2, text };
  });
}

/** The same of a tree. */
function linesOfTree(roots: readonly LoopNode[]): Line[] {
  return flatten(roots).filter(({ kind }) => kind !== 'stage').map((node) => ({
    depth: node.depth, text: node.kind === 'compute' ? `${node.name} = ...` : `${node.annotation} ${node.name} (${node.min},${node.extentText})`,
  }));
}

test("the oracle's states: loops, nesting and extents of the tree are those of the state text", () => {
  let nodes = 0;
  let states = 0;
  for (const { name, dag, samples } of workloads()) {
    // Every fourth of a workload: all kinds of schedules, in a second or two.
    for (const [k, { record, bound_state_text }] of samples.entries()) {
      if (k % 4 !== 0) continue;
      const { roots } = loopTree(replay(dag, stepsOf(record)));
      assert.deepEqual(linesOfTree(roots), linesOf(bound_state_text), `${name} sample ${k}`);
      const ids = flatten(roots).map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length, 'ids are unique');
      nodes += ids.length;
      states++;
    }
  }
  assert.ok(states > 20 && nodes > 300, `${states} states, ${nodes} nodes`);
});

test("the oracle's step-by-step traces: the last tree, and a sentence and a tree for each step", () => {
  for (const { label, dag, record } of traces()) {
    const steps = stepsOf(record);
    const found = treeSteps(dag, steps, english);
    assert.equal(found.problem, null, label);
    assert.deepEqual(found.steps.map(({ step }) => step), [-1, ...steps.keys()], label);
    for (const step of found.steps) assert.deepEqual(linesOfTree(step.roots), linesOf(step.text), `${label} ${step.step}`);
  }
});

test('what a step changes is what is new or stands elsewhere; figures of a product of matrices', () => {
  const { steps } = treeSteps(tcDag('matmul_512'), [{ kind: 'SP', stage: 2, iter: 0, extent: 512, lengths: [16], innerToOuter: true }, { kind: 'RE', stage: 2, order: [0, 2, 1, 3] }], english);
  assert.deepEqual(steps.map(({ changes, removed }) => ({ changes, removed })), [
    { changes: {}, removed: 0 },
    { changes: { 'C/i.0': 'added', 'C/i.1': 'added' }, removed: 1 },
    { changes: { 'C/j': 'changed', 'C/i.1': 'changed', 'C/k': 'changed' }, removed: 0 },
  ]);
  const [naive, split] = [steps[0], steps[1]].map((step) => Object.fromEntries(flatten(step?.roots ?? []).map((node) => [node.id, node])));
  // A row of A, all of B, a row of C.
  assert.equal(naive?.['C/j']?.touched, 4 * (512 + 512 * 512 + 512));
  assert.equal(naive?.['C/k']?.touched, 4 * (512 + 512 + 1));
  assert.equal(split?.['C/i.1']?.touched, 4 * (16 * 512 + 512 * 512 + 16 * 512));
  assert.equal(naive?.['C.C']?.times, 512 ** 3);
  assert.ok((naive?.['C/k']?.share ?? 0) > 0.99);
});

test('a step that cannot be applied ends the list and is named', () => {
  const { steps, problem } = treeSteps(tcDag('matmul_512'), [{ kind: 'RE', stage: 2, order: [0, 2, 1] }, { kind: 'RE', stage: 2, order: [0, 1] }], english);
  assert.equal(steps.length, 2);
  assert.match(problem ?? '', /^Step 1 cannot be applied: /);
});
