/** Rules of our own: which operands are packed into panels, which permutations are inlined; the programs compute the same (test/target has more). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { defaultSchedule, defaultVariants, DEFAULT_MACHINE } from '../../server/src/sketch/default-schedule.js';
import { generateSketches } from '../../server/src/sketch/generate.js';
import { cpuTask, matmul } from './tasks.js';

function dagOf(text: string): ComputeDag {
  const [def] = parseTc(text).defs;
  assert.ok(def?.dag !== undefined, JSON.stringify(parseTc(text).problems));
  return def.dag;
}

const SCORES = `def scores(float(1, 128, 12, 64) query, float(1, 128, 12, 64) value) -> (out) {
  query_T(b, h, l, d) = query(b, l, h, d)
  value_T(b, h, d, l) = value(b, l, h, d)
  out(b, h, i, j) +=! query_T(b, h, i, k) * value_T(b, h, k, j)
}`;

test('the operand along the lanes of a large matmul is copied into panels inside the reduction', () => {
  const text = stateText(defaultSchedule(cpuTask(matmul(512, 512, 512), 2)));
  assert.match(text, /for k\.0 \(0,2\)\n(.*\n)* +for ax0 \([^\n]*,256\)\n +vectorize ax1 \([^\n]*,16\)\n +B\.local = /);
});

test('operands of few terms and constants are not copied', () => {
  for (const dag of [matmul(128, 128, 128), dagOf('def m(float(512, 512) A, const float(512, 512) B) -> (C) { C(i, j) +=! A(i, k) * B(k, j) }')]) {
    assert.doesNotMatch(stateText(defaultSchedule(cpuTask(dag, 2))), /B\.local/);
  }
});

test('of two transposes, the one along the lanes is made in panels and the one along the reduction not at all', () => {
  const text = stateText(defaultSchedule(cpuTask(dagOf(SCORES), 2)));
  assert.doesNotMatch(text, /query_T/);
  assert.match(text, /parallel [^\n]*\n(.*\n)* +for d \(0,64\)\n +vectorize l \([^\n]*,16\)\n +value_T = /);
});

test('variants are distinct, and some leave the operands as they are', () => {
  const texts = defaultVariants(cpuTask(matmul(512, 512, 512), 2), DEFAULT_MACHINE, 8).map((state) => stateText(state));
  assert.equal(new Set(texts).size, texts.length);
  assert.ok(texts.some((text) => text.includes('B.local')) && texts.some((text) => !text.includes('B.local')));
});

test('batches and groups are no rows of a register tile: nothing would be used twice', () => {
  const text = stateText(defaultSchedule(cpuTask(dagOf(SCORES), 2)));
  assert.match(text, /for i_c\.3 \(0,4\)\n +vectorize j_c\.3 \(0,16\)\n +out\.local = /);
});

test('three output channels: lanes run along the reduction, several outputs at once', () => {
  const dag = dagOf(`def t(float(1, 34, 34, 64) data, const float(2, 2, 64, 3) kernel) -> (out) {
    out(n, y, x, co) +=! data(n, y + u, x + v, rc) * kernel(u, v, rc, co) where n in 0:1, y in 0:32, x in 0:32, co in 0:3, u in 0:2, v in 0:2, rc in 0:64
  }`);
  assert.match(stateText(defaultSchedule(cpuTask(dag, 2))), /for x\S*\.2 \(0,4\)\n +for co\S*\.2 \(0,3\)\n +for u\.1 \(0,2\)\n +for v\.1 \(0,2\)\n +for rc\.1 \(0,64\)\n/);
});

test('the search itself has the rules of the original only', () => {
  for (const state of generateSketches(cpuTask(matmul(512, 512, 512), 2))) assert.doesNotMatch(stateText(state), /B\.local/);
});
