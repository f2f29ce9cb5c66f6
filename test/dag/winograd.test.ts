/** Winograd siblings compute what the direct convolution computes, whatever the extents, pads, batch and depth; other operators have none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import { winogradSiblings } from '../../server/src/dag/algorithms/winograd.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { at, compute, createDag, placeholder } from '../../server/src/dag/create.js';
import { evaluateDag } from '../../server/src/dag/evaluate.js';
import type { Op } from '../../server/src/dag/op.js';
import { convolution, type Window } from '../../server/src/dag/operators/convolution.js';
import { sameDag } from '../../server/src/dag/same-dag.js';
import { elementCount, type Buffer } from '../../server/src/ir/buffer.js';
import { binary, float } from '../../server/src/ir/expr.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { printTc } from '../../server/src/lang/print.js';

interface Case {
  readonly data: readonly number[]; readonly kernel: readonly number[]; readonly filters: number; readonly pad: readonly number[];
  readonly strides?: number; readonly dilation?: number; readonly groups?: number; readonly constant?: boolean;
}

function network({ data, kernel, filters, pad, strides = 1, dilation = 1, groups = 1, constant = true }: Case): ComputeDag {
  const x = placeholder('x', data);
  const w = placeholder('w', [...kernel, (data.at(-1) ?? 1) / groups, filters], 'float32', { constant });
  const b = placeholder('b', [filters]);
  const window: Window = {
    kernel, strides: kernel.map(() => strides), dilations: kernel.map(() => dilation), padding: { before: [0, ...pad, 0], after: [0, ...pad, 0] },
  };
  const stages = convolution(x.output, w.output, window, groups);
  const conv: Op = stages.at(-1) ?? assert.fail();
  const relu = compute('relu', conv.output.shape, conv.output.shape.map((_, i) => `i${i}`), (i) => binary('max', binary('add', at(conv, ...i), at(b, i.at(-1) ?? assert.fail())), float(0)));
  return createDag([x, w, b, ...stages, relu]);
}

const values = (buffer: Buffer, seed: number): Float32Array => {
  const rng = createRng(seed);
  return Float32Array.from({ length: elementCount(buffer.shape) }, () => 2 * rng.real() - 1);
};

const CASES: readonly (readonly [string, Case])[] = [
  ['tiles that fit', { data: [1, 8, 8, 3], kernel: [3, 3], filters: 2, pad: [1, 1] }],
  ['tiles with remainders', { data: [1, 7, 5, 2], kernel: [3, 3], filters: 3, pad: [1, 1] }],
  ['no pads', { data: [1, 9, 11, 2], kernel: [3, 3], filters: 2, pad: [0, 0] }],
  ['wide pads', { data: [1, 6, 6, 2], kernel: [3, 3], filters: 2, pad: [2, 3] }],
  ['one tile', { data: [1, 2, 2, 4], kernel: [3, 3], filters: 4, pad: [1, 1] }],
  ['a batch', { data: [3, 5, 6, 2], kernel: [3, 3], filters: 2, pad: [1, 1] }],
  ['a depth', { data: [1, 3, 6, 5, 2], kernel: [3, 3, 3], filters: 2, pad: [1, 1, 1] }],
  ['a batch with depth', { data: [2, 2, 4, 4, 2], kernel: [2, 3, 3], filters: 3, pad: [0, 1, 1] }],
  ['dilation', { data: [1, 9, 8, 2], kernel: [3, 3], filters: 3, pad: [2, 2], dilation: 2 }],
  ['a batch, dilated by more than a tile', { data: [2, 11, 7, 2], kernel: [3, 3], filters: 2, pad: [3, 3], dilation: 3 }],
  ['groups', { data: [1, 6, 7, 6], kernel: [3, 3], filters: 4, pad: [1, 1], groups: 2 }],
  ['one dimension', { data: [2, 9, 3], kernel: [3], filters: 4, pad: [1] }],
  ['one dimension, dilated', { data: [1, 10, 3], kernel: [3], filters: 2, pad: [2], dilation: 2 }],
  ['one of two dimensions', { data: [1, 6, 7, 3], kernel: [5, 3], filters: 2, pad: [2, 1] }],
  ['a flat kernel', { data: [1, 6, 7, 3], kernel: [1, 3], filters: 2, pad: [0, 1] }],
];
const FIVE_TAPS: readonly (readonly [string, Case])[] = [
  ['five taps', { data: [1, 11, 3], kernel: [5], filters: 4, pad: [2] }],
  ['five times five taps', { data: [1, 7, 8, 2], kernel: [5, 5], filters: 2, pad: [2, 2] }],
];

/** Groups and capsules with axes of their own. */
const TEXTS: readonly (readonly [string, string])[] = [
  ['groups as an axis', `def f(float(1, 8, 9, 2, 3) data, const float(3, 3, 2, 3, 4) kernel) -> (out) {
    out(n, y, x, g, co) +=! data(n, y + r, x + s, g, rc) * kernel(r, s, g, rc, co) where y in 0:6, x in 0:7, r in 0:3, s in 0:3, rc in 0:3
  }`],
  ['capsules', `def f(float(1, 8, 6, 2, 3, 4) data, const float(3, 3, 3, 2, 4, 5) kernel) -> (out) {
    out(n, y, x, i, j, co) +=! data(n, y * 1 + r, x + s, i, m, rc) * kernel(r, s, m, j, rc, co) where y in 0:6, x in 0:4, r in 0:3, s in 0:3, m in 0:3, rc in 0:4
  }`],
  ['a dilated window with its axes in another order', `def f(float(9, 2, 7, 3) data, const float(4, 3, 3, 3) kernel) -> (out) {
    out(x, n, y, co) +=! data(r * 2 + x, n, s + y, c) * kernel(co, s, c, r) where x in 0:5, y in 0:5, r in 0:3, s in 0:3
  }`],
];

const parsed = (text: string): ComputeDag => parseTc(text).defs[0]?.dag ?? assert.fail();
const all = [
  ...CASES.map(([name, shape]) => [name, network(shape), ['winograd F(4, 3)', 'winograd F(2, 3)']] as const),
  ...FIVE_TAPS.map(([name, shape]) => [name, network(shape), ['winograd F(2, 5)']] as const),
  ...TEXTS.map(([name, text]) => [name, parsed(text), ['winograd F(4, 3)', 'winograd F(2, 3)']] as const),
];

for (const [name, dag, algorithms] of all) {
  test(`winograd equals the direct convolution: ${name}`, () => {
    const siblings = winogradSiblings(dag);
    assert.deepEqual(siblings.map((s) => s.algorithm), algorithms);
    const inputs = new Map(dag.ops.flatMap((op, i) => (op.kind === 'placeholder' ? [[op.output, values(op.output, i + 1)] as const] : [])));
    const [output = assert.fail()] = dag.outputs;
    const expected = evaluateDag(dag, inputs).get(output) ?? assert.fail();
    for (const sibling of siblings) {
      const weights = inputs.get(sibling.replaced) ?? assert.fail();
      const given = new Map([...inputs].filter(([buffer]) => buffer !== sibling.replaced));
      given.set(sibling.constant, sibling.transform(weights));
      assert.deepEqual(sibling.dag.outputs, dag.outputs);
      const found = evaluateDag(sibling.dag, given).get(output) ?? assert.fail();
      assert.equal(found.length, expected.length);
      found.forEach((value, i) => { assert.ok(Math.abs(value - (expected[i] ?? NaN)) < 2e-5, `${sibling.algorithm}, element ${i}: ${value} instead of ${expected[i]}`); });
      const { defs, problems } = parseTc(printTc(sibling.dag, 'sibling'));
      assert.deepEqual(problems.filter((p) => p.severity === 'error'), []);
      assert.ok(sameDag(defs[0]?.dag ?? assert.fail(), sibling.dag), 'its .tc text is the same DAG');
    }
  });
}

test('what slides by more than one, has other kernels, no constant weights or nothing to sum has no sibling', () => {
  const base: Case = { data: [1, 8, 8, 3], kernel: [3, 3], filters: 2, pad: [1, 1] };
  for (const other of [{ ...base, strides: 2 }, { ...base, kernel: [1, 1] }, { ...base, kernel: [7, 7] }, { ...base, constant: false }, { ...base, data: [1, 8, 8, 1] }]) {
    assert.deepEqual(winogradSiblings(network(other)), []);
  }
});
