/** Stage order and access analysis on small DAGs; expected values follow from the definitions, and from the original's sketches. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { analyseAccess, commonOuterAxes, consumers, elementwiseMatch, producers } from '../../server/src/dag/access.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { at, compute, createDag, placeholder, reduce } from '../../server/src/dag/create.js';
import { dagFlops } from '../../server/src/dag/flops.js';
import { binary, call, int, type Expr } from '../../server/src/ir/expr.js';
import { parseTc } from '../../server/src/lang/parse.js';

function dagOf(text: string): ComputeDag {
  const { defs, problems } = parseTc(text);
  assert.deepEqual(problems.filter((p) => p.severity === 'error'), []);
  return defs[0]?.dag ?? assert.fail();
}

const def = (body: string): ComputeDag => dagOf(`def f(float(4, 8) A, float(8, 8) B, const float(8) v) -> (y) {\n${body}\n}`);
const fixture = (name: string): ComputeDag => dagOf(readFileSync(new URL(`../fixtures/tc/${name}.tc`, import.meta.url), 'utf8'));

/** Letters per stage: s simple, i strictly inlineable, t needs tiling, b has a branch, o output; `-` for none. */
function letters(dag: ComputeDag): string {
  return analyseAccess(dag).ops.map((op, i) => {
    const flags = [dag.ops[i]?.kind === 'compute' && op.isSimple && 's', op.strictlyInlineable && 'i', op.needsMultiLevelTiling && 't', op.hasBranch && 'b', op.isOutput && 'o'];
    return `${dag.ops[i]?.name}:${flags.filter((f) => f !== false).join('') || '-'}`;
  }).join(' ');
}

for (const [what, dag, expected] of [
  ['matmul', fixture('matmul_512'), 'A:- B:- C:to'],
  ['matmul, bias, relu', fixture('matmul_bias_relu_128'), 'A:- B:- C:t bias:- D:si E:sio'],
  ['convolution', fixture('conv2d_56_64'), 'data:- pad:sb kernel:- conv:t bias:- bias_add:si compute:sio'],
  ['softmax', fixture('softmax_1536_128'), 'A:- T_softmax_maxelem:- T_softmax_exp:s T_softmax_expsum:- T_softmax_norm:sio'],
  ['depthwise', fixture('depthwise_112_32'), 'placeholder:- PadInput:sb placeholder:- depth_conv2d_nhwc:to'],
  ['winograd', fixture('winograd_14_64'), 'data:- data_pad:sb input_tile:- B:sib data_pack:- weight:- bgemm:t A:sib inverse:- conv2d_winograd:o'],
  ['transposed copy', def('y(i, j) = A(j, i)'), 'A:- y:so'],
  ['diagonal', def('y(i) = B(i, i)'), 'B:- y:so'],
  ['shifted', def('y(i) = v(1 + i) + v(i + 1) - v(0)'), 'v:- y:sio'],
  ['strided', def('y(i) = v(2 * i)'), 'v:- y:o'],
  ['row sums', def('y(i) +=! A(i, k)'), 'A:- y:o'],
  ['outer product', def('y(i, j) = v(i) * v(j)'), 'v:- y:sio'],
  ['outer product of two', def('y(i, j) = v(i) * A(0, j)'), 'v:- A:- y:sito'],
  ['constant tensor', def('y(i, j) = select(i == j, 1.0, 0.0) where i in 0:3, j in 0:3'), 'y:sibo'],
] as const) {
  test(what, () => { assert.equal(letters(dag), expected); });
}

test('common outer axes', () => {
  const softmax = analyseAccess(fixture('softmax_1536_128'));
  const conv = analyseAccess(fixture('conv2d_56_64'));
  const index = (a: typeof conv, name: string): number => a.dag.ops.findIndex((op) => op.name === name);
  const shared = (a: typeof conv, from: string, to: string): number => commonOuterAxes(a, index(a, from), index(a, to));
  assert.equal(shared(softmax, 'T_softmax_maxelem', 'T_softmax_exp'), 1);
  assert.equal(shared(softmax, 'T_softmax_maxelem', 'T_softmax_norm'), 1);
  assert.equal(shared(softmax, 'T_softmax_exp', 'T_softmax_norm'), 1);
  assert.equal(shared(softmax, 'T_softmax_expsum', 'T_softmax_maxelem'), 0);
  assert.equal(shared(conv, 'conv', 'compute'), 4);
  assert.equal(shared(conv, 'pad', 'conv'), 1);
  assert.equal(shared(conv, 'pad', 'compute'), 1);
  assert.equal(elementwiseMatch(conv, index(conv, 'conv'), index(conv, 'compute')), true);
  assert.equal(elementwiseMatch(conv, index(conv, 'pad'), index(conv, 'conv')), false);
  assert.equal(elementwiseMatch(conv, index(conv, 'data'), index(conv, 'pad')), false);
  assert.equal(elementwiseMatch(softmax, index(softmax, 'T_softmax_exp'), index(softmax, 'T_softmax_norm')), false);
});

test('consumers and producers look through inlined stages', () => {
  const conv = analyseAccess(fixture('conv2d_56_64'));
  const inlined = (i: number): boolean => conv.dag.ops[i]?.name === 'bias_add';
  assert.deepEqual(consumers(conv, 3, () => false), [5]);
  assert.deepEqual(consumers(conv, 3, inlined), [6]);
  assert.deepEqual(producers(conv, 6, inlined), [3, 4]);
  assert.deepEqual(producers(conv, 6, () => false), [5]);
});

const names = (dag: ComputeDag): string => dag.ops.map((op) => op.name).join(' ');
const plus = (a: Expr, b: Expr): Expr => binary('add', a, b);

test('stage order: producers first, by first appearance, from the outputs in order', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => placeholder(name, [4])) as [ReturnType<typeof placeholder>, ReturnType<typeof placeholder>, ReturnType<typeof placeholder>];
  const row = (name: string, f: (i: Expr) => Expr) => compute(name, [4], ['i'], ([i]) => f(i ?? int(0)));
  const x = row('x', (i) => plus(at(b, i), at(a, i)));
  const y = row('y', (i) => plus(at(c, i), at(x, i)));
  const z = row('z', (i) => plus(at(x, i), at(a, i)));
  assert.equal(names(createDag([a, b, c, x, y, z])), 'c b a x y z');
  assert.equal(names(createDag([a, b, c, x, y, z], [z.output, y.output])), 'b a x z c y');
  assert.equal(names(createDag([a, b, c, x, y, z], [x.output])), 'b a x');
  assert.throws(() => createDag([a, x]), /operation that writes b is missing/);
  assert.throws(() => createDag([a], []), /at least one output/);
});

test('indices of a load are read before the load itself', () => {
  const table = placeholder('table', [8]);
  const index = placeholder('index', [4], 'int32');
  const y = compute('y', [4], ['i'], ([i]) => at(table, at(index, i ?? int(0))));
  assert.equal(names(createDag([table, index, y])), 'index table y');
});

for (const [what, dag, flops] of [
  ['matrix product', fixture('matmul_512'), 2 * 512 ** 3],
  ['functions and integers are free', def('y(i) = exp(v(i)) where i in 0:8'), 0],
  ['the larger branch of a select', def('y(i) = select(v(i) > 0, v(i) * 2 + 1, v(i))'), 8 * 3],
  ['all arguments of a call', def('y(i) = v(i) > 0 ? v(i) * 2 + 1 : v(i) - 1'), 8 * 4],
  ['an override', def('@flop(77) y(i) = v(i)'), 77],
  ['indices do not count', def('y(i) = v(i * 2 + 1 - 1) where i in 0:4'), 0],
] as const) {
  test(`FLOPs: ${what}`, () => { assert.equal(dagFlops(dag), flops); });
}

test('FLOPs of integer outputs count integer operations', () => {
  const n = placeholder('n', [4], 'int32');
  const y = reduce('y', [], [], { k: 4 }, 'add', (_, [k]) => binary('mul', at(n, k ?? int(0)), k ?? int(0)));
  const f = compute('f', [], [], () => call('tir.exp', [at(y)], 'float32'));
  assert.equal(dagFlops(createDag([n, y])), 8);
  assert.equal(dagFlops(createDag([n, y, f])), 8);
});
