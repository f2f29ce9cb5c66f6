import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { diffSentence } from '../../server/src/ide/diff/diff-sentence.js';
import { matchNodes } from '../../server/src/ide/diff/match-nodes.js';
import { splitLoop } from '../../server/src/ide/diff/split-loop.js';
import { diffSteps, numberSteps } from '../../server/src/ide/diff-schedules.js';
import { flatten } from '../../server/src/ide/tree/loop-tree.js';
import { treeSteps } from '../../server/src/ide/tree/tree-steps.js';
import type { LoopNode, RecordFigures } from '../../server/src/protocol/loop-tree-view.js';
import { readRecordLine } from '../../server/src/records/read-line.js';
import type { TransformStep } from '../../server/src/schedule/step.js';
import { english } from '../../server/src/schedule/steps/definition.js';
import { tcDag } from '../schedule/oracle.js';

const figures = (...ms: readonly number[]): RecordFigures => ({
  errorNo: ms.length === 0 ? 4 : 0, error: ms.length === 0 ? 'crash' : null, meanMs: ms.length === 0 ? null : ms.reduce((a, b) => a + b, 0) / ms.length, minMs: Math.min(...ms), maxMs: Math.max(...ms), repeats: ms.length, gflops: null,
  predicted: null,
});
const dag = tcDag('matmul_512');
const found = readRecordLine(readFileSync(fileURLToPath(new URL('../e2e/workspace/records.json', import.meta.url)), 'utf8').split('\n')[0] ?? '');
const steps: readonly TransformStep[] = found.ok && found.value.kind === 'record' ? found.value.record.steps : [];
const other = (change: (step: TransformStep, k: number) => TransformStep | undefined): TransformStep[] => steps.flatMap((step, k) => change(step, k) ?? []);

function sentence(left: readonly TransformStep[], right: readonly TransformStep[], before: RecordFigures, after: RecordFigures): string {
  const side = (list: readonly TransformStep[]): Parameters<typeof diffSteps<ReturnType<typeof numberSteps>[number] & { stage: string; loop: string | undefined }>>[0] => {
    const trees = treeSteps(dag, list, english).steps.slice(1);
    return numberSteps(list, trees.map((one) => one.sentence)).map((step, k) => {
      const at = trees[k];
      return { ...step, stage: at?.stage ?? '', loop: at === undefined ? undefined : splitLoop(at) };
    });
  };
  return diffSentence(diffSteps(side(left), side(right)), before, after, english);
}

const tiles = other((step, k) => (k === 1 && step.kind === 'SP' ? { ...step, lengths: [1, 4, 4] } : step));
const CASES: readonly (readonly [what: string, left: readonly TransformStep[], right: readonly TransformStep[], before: RecordFigures, after: RecordFigures, expected: string])[] = [
  ['tiles, faster', steps, tiles, figures(2, 2.02), figures(1, 1.02), 'Other tile sizes of C.local (i_c 128×1×2×2 → 32×1×4×4): 1.99 times as fast, 2.01 ms → 1.01 ms.'],
  ['within the spread', steps, tiles, figures(2, 2.4), figures(2.1), 'Other tile sizes of C.local (i_c 128×1×2×2 → 32×1×4×4): 2.2 ms against 2.1 ms, a difference within the spread of the measurements.'],
  ['unroll', steps, other((s) => (s.kind === 'PR' ? { ...s, pragma: 'auto_unroll_max_step$512' } : s)), figures(1), figures(1.5), 'C.local is unrolled up to 512 instead of 64 statements: 1.5 times as slow, 1 ms → 1.5 ms.'],
  ['a step less', steps, other((s) => (s.kind === 'PR' ? undefined : s)), figures(1), figures(), 'C.local is not unrolled: the right one failed, the left one takes 1 ms.'],
  ['nothing', steps, steps, figures(), figures(), 'The same schedule: neither ran.'],
];
for (const [what, left, right, before, after, expected] of CASES) test(`sentence: ${what}`, () => assert.equal(sentence(left, right, before, after), expected));

test('nodes of two trees: each once, loops of one name together wherever they stand', () => {
  const roots = (list: readonly TransformStep[]): readonly LoopNode[] => treeSteps(dag, list, english).steps.at(-1)?.roots ?? [];
  const [a, b] = [roots(steps), roots(tiles)];
  const matches = matchNodes(a, b);
  assert.deepEqual(matches.flatMap((m) => m.left ?? []).sort(), flatten(a).map(({ id }) => id).sort());
  assert.deepEqual(matches.flatMap((m) => m.right ?? []).sort(), flatten(b).map(({ id }) => id).sort());
  assert.deepEqual(matches.filter((m) => m.match !== 'same').map((m) => [m.match, m.left, m.right]), [
    ['changed', 'C/i.0', 'C/i.0'], ['changed', 'C.local/i_c.2', 'C.local/i_c.2'], ['changed', 'C.local/i_c.3', 'C.local/i_c.3'], ['changed', 'C/i.1', 'C/i.1'],
  ]);
});
