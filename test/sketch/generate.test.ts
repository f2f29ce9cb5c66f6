/** Sketches against the original: texts and their order for all workloads, counts for others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { generateSketches } from '../../server/src/sketch/generate.js';
import { DEFAULT_SKETCH_PARAMS } from '../../server/src/sketch/params.js';
import { conv2d, cpuTask, cudaTask, layerNorm, matmul, maliTask, maxPool, norm, oracleTasks, relu, rowMin, twoMatmuls } from './tasks.js';

for (const { name, task, sketches } of oracleTasks()) {
  test(`${name}: the same sketches in the same order`, () => {
    assert.deepEqual(generateSketches(task).map((sketch) => stateText(sketch)), sketches);
  });
}

/** Name, DAG, sketches on 4 cores, sketches on CUDA. */
const COUNTS: readonly (readonly [name: string, dag: ComputeDag, cpu: number, cuda: number | undefined])[] = [
  ['matmul 512', matmul(512, 512, 512), 3, 1],
  ['matmul 8x8x512', matmul(8, 8, 512), 5, undefined],
  ['matmul 8x8x1024', matmul(8, 8, 1024), 5, 2],
  ['two matmuls', twoMatmuls(512), 9, 1],
  ['convolution, bias, relu', conv2d(56, 64, 64, 3, true), 3, 1],
  ['max pool', maxPool(56, 64), 1, 1],
  ['row minimum', rowMin(10, 1024), 3, 2],
  ['norm', norm(256), 3, 2],
  ['layer norm', layerNorm(128, 768), 18, 4],
  ['relu', relu(1024), 1, 1],
];
for (const [name, dag, cpu, cuda] of COUNTS) {
  test(`${name}: number of sketches`, () => {
    assert.equal(generateSketches(cpuTask(dag, 4)).length, cpu);
    if (cuda !== undefined) assert.equal(generateSketches(cudaTask(dag)).length, cuda);
  });
}

test('a last stage with several vectors per channel takes the tiles of its convolution, with and without fusion', () => {
  const [parsed] = parseTc(`def CBR(float(1, 14, 14, 128) data, const float(128, 256) kernel, float(256) bias, float(256) scale) -> (out) {
    conv(n, y, x, co) +=! data(n, y, x, rc) * kernel(rc, co)
    out(n, y, x, co) = fmax((conv(n, y, x, co) + bias(co)) * scale(co), 0)
  }`).defs;
  assert.ok(parsed);
  const cpu = generateSketches(cpuTask(parsed.dag, 4)).map((sketch) => stateText(sketch));
  assert.equal(cpu.length, 3, cpu.join('\n----\n'));
  for (const text of cpu) assert.match(text, /co\.3 .*\n *conv = /);
  assert.equal(cpu.filter((text) => /^ {12,}out = /m.test(text)).length, 2, 'out in the tiles of conv');
  assert.equal(generateSketches(cudaTask(parsed.dag)).length, 1, 'cuda');
});

test('a mask behind scaled scores takes the tiles of their product; so does the sum of two products, of the first one', () => {
  const defs = parseTc(`def MASKED(float(4, 6, 8) q, float(4, 8, 6) k, float(6, 6) mask, float(1) low) -> (out) {
    qk(b, i, j) +=! q(b, i, r) * k(b, r, j)
    scaled(b, i, j) = qk(b, i, j) / 2.0
    out(b, i, j) = mask(i, j) > 0.0 ? scaled(b, i, j) : low(0)
  }
  def TWO(float(16, 8) a, float(8, 16) b, float(16, 8) c, float(8, 16) d) -> (out) {
    ab(i, j) +=! a(i, r) * b(r, j)
    cd(i, j) +=! c(i, r) * d(r, j)
    out(i, j) = ab(i, j) + cd(i, j)
  }`).defs;
  for (const { dag } of defs) {
    const sketches = generateSketches(cpuTask(dag, 4));
    assert.ok(sketches.some((sketch) => sketch.steps.some((step) => step.kind === 'FSP')), 'fused tiles');
    assert.ok(generateSketches(cudaTask(dag)).length > 0, 'cuda');
  }
});

test('Mali takes the list of CPU rules with the tiling of a GPU', () => {
  const texts = generateSketches(maliTask(matmul(512, 512, 512))).map((sketch) => stateText(sketch));
  assert.equal(texts.length, 1);
  assert.match(texts[0] ?? '', /j_c\.4 .*\n *C\.local = /);
  assert.doesNotMatch(texts[0] ?? '', /shared/);
});

test('custom rules come first and may keep the others from being tried', () => {
  const seen: string[] = [];
  const task = cpuTask(matmul(64, 64, 64));
  const sketches = generateSketches(task, {
    ...DEFAULT_SKETCH_PARAMS,
    customRules: [{
      name: 'leave C alone',
      condition: (_ctx, state, stage) => (state.stages[stage]?.op.name === 'C' ? 'only' : 'skip'),
      apply: (_ctx, state, stage) => {
        seen.push(state.stages[stage]?.op.name ?? '');
        return [{ state, stage: stage - 1 }];
      },
    }],
  });
  assert.deepEqual(seen, ['C']);
  assert.deepEqual(sketches.map((s) => s.steps), [[]]);
});
