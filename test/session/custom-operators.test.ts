/** Operators of models that `.tc` files beside them define: computed, tuned, and refused with their place. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readInput, type TuningInput } from '../../server/src/session/input.js';
import { SessionError, describeProblem } from '../../server/src/session/problem.js';
import { runPlan } from '../harness/run-plan.js';
import { onnxFile, ramp, type ModelSpec, type NodeSpec } from '../model/onnx-builder.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ansor-custom-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;

/** A model in a folder of its own, with `.tc` files. */
function modelWith(spec: ModelSpec, files: Readonly<Record<string, string>>): string {
  const at = path.join(folder, `case ${++made}`);
  mkdirSync(at);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(at, name), text);
  writeFileSync(path.join(at, 'model.onnx'), onnxFile(spec));
  return path.join(at, 'model.onnx');
}

const custom = (op: string, inputs: string[], outputs: string[], attributes: NodeSpec['attributes'] = {}): NodeSpec => ({ op, domain: 'com.example', inputs, outputs, attributes });

const BANDED = `
@onnx("com.example", "Banded")
def banded(float(N, M) A, const float(width, M) W, float(M) b) -> (C) {
  S(i, j) +=! A(i, j) * W(w, j) where i in 0:N, j in 0:M, w in 0:width
  C(i, j) = S(i, j) + b(j)
}`;

/** What BANDED says: the sum over the rows of W. */
function banded(a: readonly number[], [n, m]: readonly [number, number], w: readonly number[], width: number, b: readonly number[]): number[] {
  return Array.from({ length: n * m }, (_, k) => {
    let sum = 0;
    for (let r = 0; r < width; r++) sum += (a[k] ?? 0) * (w[r * m + (k % m)] ?? 0);
    return sum + (b[k % m] ?? 0);
  });
}

function close(got: ArrayLike<number> | undefined, expected: readonly number[]): void {
  assert.equal(got?.length, expected.length);
  expected.forEach((x, i) => assert.ok(Math.abs(x - (got?.[i] ?? NaN)) < 1e-5, `element ${i}: ${got?.[i]} instead of ${x}`));
}

function run(input: TuningInput, ...inputs: readonly (readonly number[])[]): readonly Float32Array[] {
  assert.ok(input.plan !== undefined);
  return runPlan(input.plan, inputs.map((x) => Float32Array.from(x)));
}

test('a reduction of our own between operators of ONNX: its sizes come from the node, what follows is fused', () => {
  const [w, v, b] = [ramp([3, 5]), ramp([2, 5], 4), ramp([5], 2)];
  const file = modelWith({
    inputs: { x: [4, 5] }, outputs: ['y'], constants: { w, v, b },
    nodes: [custom('Banded', ['x', 'w', 'b'], ['a'], { width: 3 }), { op: 'Relu', inputs: ['a'], outputs: ['r'] }, custom('Banded', ['r', 'v', 'b'], ['y'])],
  }, { 'ops.tc': BANDED });
  const input = readInput(file);
  const x = ramp([4, 5], 9).values;
  const relu = banded(x, [4, 5], w.values, 3, b.values).map((e) => Math.max(0, e));
  close(run(input, x)[0], banded(relu, [4, 5], v.values, 2, b.values));
  assert.deepEqual(input.tasks.map((t) => t.name), ['fused_banded_nn_relu', 'fused_banded']);
  assert.ok(input.tasks[0]?.dag.ops.some((op) => op.kind === 'placeholder' && op.constant), 'the layout of its weights may be rewritten');
});

test('two outputs, one tensor as two inputs, sizes that the text binds and the model overrides', () => {
  const text = `sizes N = 7
@onnx("com.example", "SumAndRest")
def both(float(N, 4) A, float(N, 4) B) -> (S, D) {
  S(i) +=! A(i, j) * B(i, j)
  D(i, j) = A(i, j) - 2 * B(i, j)
}`;
  const file = modelWith({ inputs: { x: [3, 4] }, outputs: ['s', 'd'], nodes: [custom('SumAndRest', ['x', 'x'], ['s', 'd'])] }, { 'b.tc': text });
  const x = ramp([3, 4]).values;
  const [s, d] = run(readInput(file), x);
  close(s, [0, 1, 2].map((i) => x.slice(4 * i, 4 * i + 4).reduce((sum, e) => sum + e * e, 0)));
  close(d, x.map((e) => -e));
});

const one = (node: NodeSpec, x: readonly number[] = [4, 5]): ModelSpec => ({ inputs: { x }, outputs: ['y'], constants: { w: ramp([3, 5]), b: ramp([5]), f: ramp([6]) }, nodes: [node] });

for (const [what, spec, files, message] of [
  ['no definition', one(custom('Banded', ['x', 'w', 'b'], ['y'])), { 'other.tc': 'def f(float(2) A) -> (B) { B(i) = A(i) }' }, /com\.example\.Banded .*not supported.*\.tc/],
  ['too few inputs', one(custom('Banded', ['x', 'w'], ['y'])), { 'ops.tc': BANDED }, /has 2 inputs, the definition 3 \(ops\.tc:3\)/],
  ['another rank', one(custom('Banded', ['b', 'w', 'b'], ['y'])), { 'ops.tc': BANDED }, /input 0 \(`A`\) has 1 dimensions, the definition 2/],
  ['sizes that contradict each other', one(custom('Banded', ['x', 'w', 'f'], ['y'])), { 'ops.tc': BANDED }, /the size `M` is 5 and 6 at the same time/],
  ['an attribute that contradicts a shape', one(custom('Banded', ['x', 'w', 'b'], ['y'], { width: 4 })), { 'ops.tc': BANDED }, /the size `width` is 4 and 3/],
  ['an attribute that is no size', one(custom('Banded', ['x', 'w', 'b'], ['y'], { alpha: { float: 0.5 } })), { 'ops.tc': BANDED }, /attribute "alpha" is no integer/],
  ['a definition with a wrong name', one(custom('Odd', ['x'], ['y'])), { 'ops.tc': '@onnx("com.example", "Odd")\ndef odd(float(N, M) A) -> (B) { B(i, j) = Q(i, j) }' }, /`Q` is no tensor and no function \(ops\.tc:2\)/],
  ['a definition that cannot be parsed', one(custom('Odd', ['x'], ['y'])), { 'ops.tc': '@onnx("com.example", "Odd")\ndef odd(float(N, M) A) -> (B) { B(i, j) = * }' }, /ops\.tc:2:43: expected/],
  ['one name twice', one(custom('Banded', ['x', 'w', 'b'], ['y'])), { 'a.tc': BANDED, 'b.tc': BANDED }, /b\.tc:2:2: the operator com\.example\.Banded is defined twice: the other place is a\.tc:2/],
] as const) {
  test(`refused with its place: ${what}`, () => {
    const file = modelWith(spec, files);
    assert.throws(() => readInput(file), (e) => e instanceof SessionError && message.test(describeProblem(e)) && !describeProblem(e).includes('\n') ? true : assert.fail(String(e)));
  });
}
