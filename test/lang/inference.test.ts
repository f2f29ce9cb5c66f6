/** Ranges that follow from sizes, reduction order, literals, and the printer's identity on DAGs of every construct. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { at, compute, createDag, placeholder, reduce } from '../../server/src/dag/create.js';
import { printTc } from '../../server/src/dag/print-tc.js';
import { dagText } from '../../server/src/dag/text.js';
import { binary, call, cast, float, ifThenElse, int, load, not, select } from '../../server/src/ir/expr.js';
import { parseTc } from '../../server/src/lang/parse.js';

function only(text: string, sizes: Record<string, number> = {}): ComputeDag {
  const { defs, problems } = parseTc(text, { sizes });
  assert.deepEqual(problems, []);
  assert.equal(defs.length, 1);
  return defs[0]?.dag ?? assert.fail();
}

/** `name extent` of all axes of the last stage, reduction axes behind a bar. */
function axesOf(statement: string, params: string): string {
  const op = only(`def f(${params}) -> (y) { ${statement} }`).ops.at(-1);
  assert.ok(op?.kind === 'compute');
  const list = (axes: typeof op.axes): string => axes.map((a) => `${a.var.name} ${a.min === 0 ? '' : `${a.min}+`}${a.extent}`).join(', ');
  return `${list(op.axes)}${op.reduceAxes.length > 0 ? ` | ${list(op.reduceAxes)}` : ''}`;
}

for (const [statement, params, axes] of [
  ['y(i, j) +=! a(i, k) * b(k, j)', 'float(3, 4) a, float(4, 5) b', 'i 3, j 5 | k 4'],
  ['y(i) = a(i) + b(i)', 'float(3) a, float(5) b', 'i 3'],
  ['y(h) +=! a(h + r) * b(r)', 'float(58) a, float(3) b', 'h 56 | r 3'],
  ['y(h) +=! a(2 * h + r) * b(r)', 'float(230) a, float(7) b', 'h 112 | r 7'],
  ['y(h) +=! a(h * 2 + r * 3) * b(r)', 'float(17) a, float(3) b', 'h 6 | r 3'],
  ['y(h) = a(9 - h)', 'float(10) a', 'h 10'],
  ['y(i) = a(i / 4)', 'float(3) a', 'i 12'],
  ['y(i) = a(i % 4) + b(i)', 'float(4) a, float(9) b', 'i 9'],
  ['y(i) = (i >= 1) ? a(i - 1) : 0 where i in 0:6', 'float(5) a', 'i 6'],
  ['y(i) = (i < 4) ? a(i) : a(i - 4) where i in 0:8', 'float(4) a', 'i 8'],
  ['y(i, j) = (i + j < 4) ? a(i + j) : 0 where i in 0:8, j in 0:8', 'float(4) a', 'i 8, j 8'],
  ['y(i) = (i > 3 && i < 3) ? a(i - 9) : 0 where i in 0:8', 'float(4) a', 'i 8'],
  ['y(i, j) = (i >= 1) ? a(i - 1, j) : 0 where i in 0:6', 'float(5, 7) a', 'i 6, j 7'],
  ['y() +=! a(i, j)', 'float(4, 7) a', ' | i 4, j 7'],
  ['y() +=! a(i, j) where j in 0:7, i in 0:4', 'float(4, 7) a', ' | j 7, i 4'],
  ['y() +=! a(i, j) where j in 2:7', 'float(4, 7) a', ' | i 4, j 2+5'],
  ['y(i) +=! a(i) where i in 0:4, k in 0:3', 'float(4) a', 'i 4 | k 3'],
  ['y(i, j) = a(i + j) where j in 0:3', 'float(10) a', 'i 8, j 3'],
] as const) {
  test(`${statement}   [${params}]`, () => { assert.equal(axesOf(statement, params), axes); });
}

test('sizes: a line, the outside, arithmetic', () => {
  const text = 'sizes M = 4, N = M * 2 + 1\ndef f(float(M, N - 1) a) -> (y) { y(i, j) = (j < N - 2) ? a(i, j) * M : 0 }';
  assert.equal(dagText(only(text)), 'a = PLACEHOLDER [4, 8]\ny(i, j) = tir.if_then_else((j < (9 - 2)), (a[i, j]*4f), 0f)\n');
  assert.match(dagText(only(text, { N: 3 })), /^a = PLACEHOLDER \[4, 2\]\n/);
});

for (const [value, printed] of [
  ['a(i) + 1', '(a[i] + 1f)'], ['1 - a(i) - 2', '((1f - a[i]) - 2f)'], ['-a(i)', '(0f - a[i])'], ['-2 * a(i)', '(-2f*a[i])'],
  ['h(i) * 0.5', '(h[i]*0.5h)'], ['n(i) / 2 % 3', 'floormod(floordiv(n[i], 2), 3)'], ['l(i) + 1', '(l[i] + (int64)1)'],
  ['float(i) * 1e-3', '(float32(i)*0.001f)'], ['half(2)', '2h'], ['half((2))', 'float16(2)'], ['double(a(i)) + 1', '(float64(a[i]) + 1)'],
  ['fmax(a(i), 0)', 'max(a[i], 0f)'], ['fmin(0, a(i))', 'min(0f, a[i])'], ['pow(a(i), 2)', 'tir.pow(a[i], 2f)'], ['exp(1)', 'tir.exp(1f)'],
  ['select(i < 2 || i >= 3 && !(i == 4), 1, 0.5)', 'select(((i < 2) || ((i >= 3) && !(i == 4))), 1f, 0.5f)'],
  ['i == 0 ? 1 : i == 1 ? 2 : a(i)', 'tir.if_then_else((i == 0), 1f, tir.if_then_else((i == 1), 2f, a[i]))'],
  ['isnan(a(i)) ? 0 : a(i)', 'tir.if_then_else(tir.isnan(a[i]), 0f, a[i])'], ['true ? a(i) : 0.0f', 'tir.if_then_else((bool)1, a[i], 0f)'],
  ['a(i) / 3 + -1e38', '((a[i]/3f) + -1e+38f)'], ['abs(n(i))', 'tir.abs(n[i])'], ['s()', 's[]'], ['a(int32(l(i)) % 4)', 'a[floormod(int32(l[i]), 4)]'],
] as const) {
  test(value, () => {
    const params = 'float(4) a, half(4) h, int32(4) n, int64(4) l, float s';
    const { defs } = parseTc(`def f(${params}) -> (y) { y(i) = ${value} where i in 0:4 }`);
    assert.equal(dagText(defs[0]?.dag ?? assert.fail(`not parsed: ${value}`)).split('\n').at(-2), `y(i) = ${printed}`);
  });
}

/** One DAG with every construct that a printer could get wrong. */
function everything(): ComputeDag {
  const a = placeholder('placeholder', [4, 6], 'float32');
  const b = placeholder('placeholder', [6], 'float32', { constant: true });
  const n = placeholder('exp', [4], 'int64');
  const s = placeholder('s', [], 'float16');
  const mixed = compute('a.local', [4, 6], ['i', 'i.c'], ([i, j]) => {
    if (i === undefined || j === undefined) throw new Error('axes');
    const x = at(a, i, j);
    const shifted = binary('sub', x, binary('sub', at(b, j), float(-0.1)));
    const cond = binary('and', not(binary('lt', i, int(2))), binary('or', binary('eq', binary('floormod', binary('mul', i, binary('add', j, int(-3))), int(5)), int(0)), binary('ne', at(n, i), int(7, 'int64'))));
    return ifThenElse(cond, binary('mul', shifted, select(int(1, 'bool'), float(1), float(-0))), binary('max', ifThenElse(cond, x, float(0)), binary('div', float(1 / 3), cast('float32', int(2)))));
  }, { noSplitAtInner: ['i.c', 'gone'], alwaysUnrollInner: [] });
  const sum = reduce('def', [], [], { rv: 4, k: 6 }, 'add', (_, [i, j]) => cast('float16', binary('add', at(mixed, i ?? int(0), j ?? int(0)), cast('float32', float(0.5, 'float16')))), { flop: 12, constMatrix: true });
  const same = reduce('def', [4], ['rv'], { 'rv ': 3, in: 2 }, 'min', ([i], [j, k]) => binary('mul', call('tir.pow', [load(s.output, []), float(2.5, 'float16')], 'float16'), binary('add', at(sum), cast('float16', binary('floordiv', binary('add', i ?? int(0), j ?? int(0)), binary('max', k ?? int(0), int(1)))))));
  return createDag([a, b, n, s, mixed, sum, same]);
}

test('printing is the identity for every construct', () => {
  const dag = everything();
  const printed = printTc(dag, 'my task, "quoted"');
  const { defs, problems } = parseTc(printed);
  assert.deepEqual(problems, [], printed);
  assert.deepEqual(defs.map((def) => [def.name, def.dag]), [['my task, "quoted"', dag]]);
});
