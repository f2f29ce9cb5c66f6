/** The output check: samples from the DAG, tolerances that pass right programs of any order of sums and no wrong ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import type { Axis } from '../../server/src/dag/op.js';
import { createBuffer, type Buffer } from '../../server/src/ir/buffer.js';
import type { DType } from '../../server/src/ir/dtype.js';
import { binary, load, variable } from '../../server/src/ir/expr.js';
import { planCheck, verifySamples } from '../../server/src/measure/check.js';
import { randomTensor } from '../../server/src/measure/fill.js';

const axis = (name: string, extent: number, kind: Axis['kind'] = 'spatial'): Axis => ({ var: variable(name), min: 0, extent, kind });

/** C[i, j] = sum over k of A[i, k] B[k, j]. */
function matmul(m: number, n: number, k: number, dtype: DType): { readonly dag: ComputeDag; readonly a: Buffer; readonly b: Buffer; readonly c: Buffer } {
  const a = createBuffer('A', [m, k], dtype);
  const b = createBuffer('B', [k, n], dtype);
  const c = createBuffer('C', [m, n], dtype);
  const [i, j, r] = [axis('i', m), axis('j', n), axis('k', k, 'reduce')];
  const source = binary('mul', load(a, [i.var, r.var]), load(b, [r.var, j.var]));
  return {
    a, b, c,
    dag: {
      ops: [
        { kind: 'placeholder', name: 'A', output: a, constant: false },
        { kind: 'placeholder', name: 'B', output: b, constant: false },
        { kind: 'compute', name: 'C', axes: [i, j], reduceAxes: [r], body: { kind: 'reduce', combiner: 'add', source }, output: c, attrs: {} },
      ],
      outputs: [c],
    },
  };
}

/** A float program: the terms of each element added one after the other, in the given order. */
function program(a: ArrayLike<number>, b: ArrayLike<number>, n: number, k: number, at: number, order: (r: number) => number, term: (x: number, r: number) => number = (x) => x): number {
  let sum = 0;
  for (let q = 0; q < k; q++) {
    const r = order(q);
    sum = Math.fround(sum + Math.fround(term((a[Math.floor(at / n) * k + r] ?? NaN) * (b[r * n + (at % n)] ?? NaN), r)));
  }
  return sum;
}

const [M, N] = [40, 50];
for (const [k, low] of [[3, -1], [1000, -1], [1000, 0], [20000, 0]] as const) {
  test(`matmul over ${k} terms from ${low}: any order passes, a missing or doubled term does not`, () => {
    const { dag, a, b } = matmul(M, N, k, 'float32');
    const x = randomTensor('float32', 1, low, 1, M * k);
    const y = randomTensor('float32', 2, low, 1, k * N);
    const [check] = planCheck(dag, new Map([[a, x], [b, y]]), { seed: 3, samples: 64 });
    assert.ok(check !== undefined);
    assert.equal(check.samples.length, 64);
    for (const corner of [0, N - 1, (M - 1) * N, M * N - 1]) assert.ok(check.samples.includes(corner));
    const run = (order: (r: number) => number, term?: (v: number, r: number) => number): boolean =>
      verifySamples([check], [check.samples.map((at) => program(x, y, N, k, at, order, term))]).ok;
    assert.ok(run((r) => r), 'forwards');
    assert.ok(run((r) => k - 1 - r), 'backwards');
    assert.ok(run((r) => (r * 7919) % k), 'scattered');
    assert.ok(!run((r) => r, (v, r) => (r === k - 1 ? 0 : v)), 'last term missing');
    assert.ok(!run((r) => r, (v, r) => (r === 1 ? 2 * v : v)), 'a term twice');
    assert.ok(check.atol > Math.max(...check.tolerances) && check.atol < 0.25, `${check.atol}`);
  });
}

test('integers are exact', () => {
  const { dag, a, b } = matmul(4, 4, 30, 'int32');
  const x = randomTensor('int32', 1, -8, 7, 120);
  const y = randomTensor('int32', 2, -8, 7, 120);
  const plan = planCheck(dag, new Map([[a, x], [b, y]]), { seed: 1 });
  const right = plan[0]?.expected ?? [];
  assert.equal(right.length, 16);
  assert.equal(plan[0]?.atol, 0);
  assert.ok(verifySamples(plan, [right]).ok);
  const wrong = verifySamples(plan, [right.map((v, i) => (i === 5 ? v + 1 : v))]);
  assert.match(wrong.ok ? '' : wrong.error.message, /^1 of 16 sampled elements of C are wrong: element 5 is/);
});

test('NaN, infinities and missing values are wrong where the definition is finite', () => {
  const { dag, a, b } = matmul(2, 2, 2, 'float32');
  const plan = planCheck(dag, new Map([[a, new Float32Array(4).fill(1)], [b, new Float32Array(4).fill(1)]]), { seed: 1 });
  for (const got of [[NaN, 2, 2, 2], [2, Infinity, 2, 2], [2, 2, 2]]) assert.ok(!verifySamples(plan, [got]).ok);
  assert.ok(verifySamples(plan, [[2, 2, 2, 2]]).ok);
});

test('equal seeds give equal plans', () => {
  const { dag, a, b } = matmul(60, 60, 2, 'float32');
  const inputs = new Map([[a, randomTensor('float32', 1, -1, 1, 120)], [b, randomTensor('float32', 2, -1, 1, 120)]]);
  const samples = (seed: number): readonly number[] => planCheck(dag, inputs, { seed })[0]?.samples ?? [];
  assert.deepEqual(samples(5), samples(5));
  assert.notDeepEqual(samples(5), samples(6));
  assert.equal(new Set(samples(5)).size, 256);
});
