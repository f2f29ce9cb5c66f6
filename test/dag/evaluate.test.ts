/** Reference values against plain loops written here, and error bounds against arithmetic rounded to float32. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { createDagEvaluator, evaluateDag, evaluateElement, type InputValues } from '../../server/src/dag/evaluate.js';
import { elementCount, type Buffer } from '../../server/src/ir/buffer.js';
import { parseTc } from '../../server/src/lang/parse.js';

function dagOf(text: string): ComputeDag {
  const { defs, problems } = parseTc(text);
  assert.deepEqual(problems, []);
  return defs[0]?.dag ?? assert.fail();
}

/** Values in (-1, 1) that float32 holds; whole numbers for integer types. */
function inputsOf(dag: ComputeDag, seed = 1): Map<Buffer, Float64Array> {
  const rng = createRng(seed);
  return new Map(dag.ops.filter((op) => op.kind === 'placeholder').map(({ output }) => [
    output, Float64Array.from({ length: elementCount(output.shape) }, () => (output.dtype.startsWith('float') ? Math.fround(rng.real() * 2 - 1) : rng.int(200) - 100)),
  ]));
}

const output = (dag: ComputeDag, inputs: InputValues): Float64Array => evaluateDag(dag, inputs).get(dag.outputs[0] ?? assert.fail()) ?? assert.fail();
const values = (dag: ComputeDag, inputs: Map<Buffer, Float64Array>, name: string): Float64Array => inputs.get(dag.ops.find((op) => op.name === name)?.output ?? assert.fail()) ?? assert.fail();

test('a padded convolution with bias and relu', () => {
  const dag = dagOf(`def f(float(1, 6, 5, 3) x, const float(3, 3, 3, 4) k, const float(4) b) -> (y) {
    pad(n, h, w, c) = (h >= 1 && h < 7 && w >= 1 && w < 6) ? x(n, h - 1, w - 1, c) : 0 where h in 0:8, w in 0:7
    conv(n, h, w, co) +=! pad(n, h + rh, w + rw, rc) * k(rh, rw, rc, co)
    y(n, h, w, co) = fmax(conv(n, h, w, co) + b(co), 0)
  }`);
  const inputs = inputsOf(dag);
  const [x, k, b] = [values(dag, inputs, 'x'), values(dag, inputs, 'k'), values(dag, inputs, 'b')];
  const expected: number[] = [];
  for (let h = 0; h < 6; h++) for (let w = 0; w < 5; w++) for (let co = 0; co < 4; co++) {
    let sum = 0;
    for (let rh = 0; rh < 3; rh++) for (let rw = 0; rw < 3; rw++) for (let rc = 0; rc < 3; rc++) {
      const [i, j] = [h + rh - 1, w + rw - 1];
      if (i >= 0 && i < 6 && j >= 0 && j < 5) sum += (x[(i * 5 + j) * 3 + rc] ?? NaN) * (k[((rh * 3 + rw) * 3 + rc) * 4 + co] ?? NaN);
    }
    expected.push(Math.max(sum + (b[co] ?? NaN), 0));
  }
  assert.deepEqual([...output(dag, inputs)], expected);
});

test('softmax: rows sum to one, equal to exp of the differences', () => {
  const dag = dagOf(`def f(float(3, 17) A) -> (y) {
    m(i) max=! A(i, k)
    e(i, j) = exp(A(i, j) - m(i))
    s(i) +=! e(i, k)
    y(i, j) = e(i, j) / s(i)
  }`);
  const inputs = inputsOf(dag);
  const y = output(dag, inputs);
  const a = values(dag, inputs, 'A');
  for (let i = 0; i < 3; i++) {
    const row = [...a.slice(i * 17, i * 17 + 17)];
    const total = row.reduce((s, v) => s + Math.exp(v), 0);
    row.forEach((v, j) => { assert.ok(Math.abs((y[i * 17 + j] ?? NaN) - Math.exp(v) / total) < 1e-15); });
  }
});

test('integers: floor division, modulus, wrapping, and no error', () => {
  const dag = dagOf(`def f(int32(50) a, int8(50) b, uint8(50) c) -> (y, z, w, s) {
    y(i) = a(i) / 7 * 1000 + a(i) % 7
    z(i) = b(i) * b(i)
    w(i) = c(i) + 100
    s() +=! a(i) * 100000000
  }`);
  const inputs = inputsOf(dag);
  const a = values(dag, inputs, 'a');
  const all = evaluateDag(dag, inputs);
  const [y, z, w, s] = dag.outputs.map((buffer) => [...(all.get(buffer) ?? [])]);
  assert.deepEqual(y, [...a].map((v) => Math.floor(v / 7) * 1000 + (((v % 7) + 7) % 7)));
  assert.deepEqual(z, [...Int8Array.from(values(dag, inputs, 'b'), (v) => v * v)]);
  assert.deepEqual(w, [...Uint8Array.from(values(dag, inputs, 'c'), (v) => v + 100)]);
  assert.deepEqual(s, [Number(BigInt.asIntN(32, [...a].reduce((sum, v) => sum + BigInt(v) * 100000000n, 0n)))]);
  assert.equal(evaluateElement(dag, dag.outputs[0] ?? assert.fail(), [3], inputs).error, 0);
});

test('the bound holds for float32 sums in any order, and is not loose', () => {
  const dag = dagOf('def f(float(3000) a, float(3000) b) -> (y) { y() +=! a(k) * b(k) }');
  for (let seed = 1; seed <= 20; seed++) {
    const inputs = inputsOf(dag, seed);
    const [a, b] = [values(dag, inputs, 'a'), values(dag, inputs, 'b')];
    const { value, error } = evaluateElement(dag, dag.outputs[0] ?? assert.fail(), [], inputs);
    for (const lanes of [1, 16]) {
      const part = new Float32Array(lanes);
      a.forEach((v, i) => { part[i % lanes] = Math.fround((part[i % lanes] ?? 0) + Math.fround(v * (b[i] ?? NaN))); });
      const sum = part.reduce((s, v) => Math.fround(s + v), 0);
      assert.ok(Math.abs(sum - value) <= error, `seed ${seed}, ${lanes} lanes: ${Math.abs(sum - value)} > ${error}`);
    }
    assert.ok(error < 3e-3 * 3000 ** 0.5, `${error}`);
  }
});

test('errors grow through functions, cancel nowhere, and reach both sides of an uncertain condition', () => {
  const dag = dagOf(`def f(float(4) a) -> (d, e, c) {
    s(i) = a(i) * 3 + 0.1
    d(i) = s(i) - s(i)
    e(i) = exp(s(i) * 20)
    c(i) = s(i) - s(i) > 0 ? 5 : a(i)
  }`);
  const inputs = new Map([[dag.ops[0]?.output ?? assert.fail(), Float64Array.of(0.3, -0.2, 0.7, 1)]]);
  const evaluator = createDagEvaluator(dag, inputs);
  const [d, e, c] = dag.outputs.map((buffer) => evaluator.element(buffer, [2]));
  assert.ok(d !== undefined && e !== undefined && c !== undefined);
  assert.ok(d.value === 0 && d.error > 2 ** -23 && d.error < 2 ** -19);
  assert.ok(e.error > e.value * 20 * 2 ** -24 && e.error < e.value * 20 * 2 ** -20);
  assert.ok(c.error >= 4);
});

test('wrong inputs and indices', () => {
  const dag = dagOf('def f(float(4) a) -> (y) { y(i) = a(i) }');
  const [a, y] = dag.ops.map((op) => op.output);
  assert.ok(a !== undefined && y !== undefined);
  assert.throws(() => evaluateElement(dag, y, [0], new Map()), /values of a is missing/);
  assert.throws(() => evaluateElement(dag, y, [0], new Map([[a, [1, 2]]])), /2 values for 4 elements/);
  assert.throws(() => evaluateElement(dag, y, [4], new Map([[a, [1, 2, 3, 4]]])), /outside of 0:4/);
});

test('stages that are kept give the same elements again, with their errors, whether they are small or of millions of elements', () => {
  for (const rows of [3, 3_000_000]) {
    const sums = Array.from({ length: 16 }, (_, k) => `a(i + ${k}) * b(j)`).join(' + ');
    const dag = dagOf(`def f(float(${rows + 16}) a, float(2) b) -> (y) {
      s(i, j) = ${sums} where i in 0:${rows}, j in 0:2
      y(i, j) = s(i, j) - s(i, 1 - j)
    }`);
    const a = Float64Array.from({ length: rows + 16 }, (_, i) => Math.fround(((i * 37) % 101) / 101));
    const evaluator = createDagEvaluator(dag, new Map([[dag.ops[0]?.output ?? assert.fail(), a], [dag.ops[1]?.output ?? assert.fail(), Float64Array.of(2, 3)]]));
    const [y = assert.fail()] = dag.outputs;
    for (const i of [0, rows - 1, 0]) {
      const window = a.subarray(i, i + 16).reduce((sum, x) => sum + x, 0);
      const [left, right] = [evaluator.element(y, [i, 0]), evaluator.element(y, [i, 1])];
      assert.ok(Math.abs(left.value + window) < 1e-12 && left.value === -right.value, `${left.value} is not ${-window}`);
      assert.ok(left.error > 0 && left.error === right.error);
    }
  }
});
