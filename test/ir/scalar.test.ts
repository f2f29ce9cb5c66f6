/** Arithmetic of element types, functions and numbers as C prints them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { percentG } from '../../server/src/base/percent-g.js';
import { compileExpr } from '../../server/src/ir/evaluate.js';
import { binary, call, cast, float, ifThenElse, int, load, not, select, variable, type Expr } from '../../server/src/ir/expr.js';
import { createBuffer } from '../../server/src/ir/buffer.js';
import { erf, MATH_FUNCTIONS } from '../../server/src/ir/math-functions.js';
import { printExpr, readableExpr } from '../../server/src/ir/print.js';
import { floorDivide, floorModulus, storedValue } from '../../server/src/ir/scalar.js';

for (const [value, text] of [
  [0.000561234, '0.000561234'], [5.6e-5, '5.6e-05'], [1e10, '1e+10'], [0.1, '0.1'], [3, '3'], [-0.5, '-0.5'], [1234567, '1.23457e+06'], [999999.5, '1e+06'],
  [123456, '123456'], [0.0001, '0.0001'], [100000.5, '100000'], [100001.5, '100002'], [10000.25, '10000.2'], [10000.75, '10000.8'],
  [-3.4028234663852886e38, '-3.40282e+38'], [0, '0'], [-0, '-0'], [Infinity, 'inf'], [NaN, 'nan'], [5e-324, '4.94066e-324'],
] as const) {
  test(`%g of ${value}`, () => { assert.equal(percentG(value), text); });
}

test('integers and halves are stored as typed arrays store them', () => {
  const arrays = { int8: new Int8Array(1), uint8: new Uint8Array(1), int16: new Int16Array(1), int32: new Int32Array(1), float32: new Float32Array(1) } as const;
  fc.assert(fc.property(fc.oneof(fc.integer({ min: -5e9, max: 5e9 }), fc.integer({ min: -300, max: 300 })), fc.constantFrom(...(Object.keys(arrays) as (keyof typeof arrays)[])), (value, dtype) => {
    arrays[dtype][0] = value;
    assert.equal(storedValue(value, dtype), arrays[dtype][0]);
  }));
});

/** [value, nearest half, nearest bfloat16] */
for (const [value, half, bfloat] of [
  [1, 1, 1], [1 + 2 ** -11, 1, 1], [1 + 3 * 2 ** -11, 1 + 2 ** -9, 1], [1 + 2 ** -8, 1 + 2 ** -8, 1], [1 + 3 * 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -6],
  [65504, 65504, 65536], [65519, 65504, 65536], [65520, Infinity, 65536], [2 ** -24, 2 ** -24, 2 ** -24], [2 ** -25, 0, 2 ** -25], [1.5 * 2 ** -24, 2 ** -23, 1.5 * 2 ** -24],
  [-0.1, -0.0999755859375, -0.10009765625], [3.39e38, Infinity, 3.3895313892515355e38], [3.4e38, Infinity, Infinity], [3.4e39, Infinity, Infinity],
] as const) {
  test(`16-bit floats next to ${value}`, () => {
    assert.equal(storedValue(value, 'float16') + 0, half);
    assert.equal(storedValue(value, 'bfloat16'), bfloat);
  });
}

test('floor division and modulus', () => {
  fc.assert(fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -20, max: 20 }).filter((b) => b !== 0), (a, b) => {
    const [q, r] = [floorDivide(a, b), floorModulus(a, b)];
    assert.equal(q * b + r + 0, a);
    assert.ok(b > 0 ? r >= 0 && r < b : r <= 0 && r > b);
  }));
});

for (const [x, value] of [[0, 0], [0.1, 0.1124629160182849], [0.5, 0.5204998778130465], [1, 0.8427007929497149], [2, 0.9953222650189527], [2.6, 0.9997639655834707], [4, 0.9999999845827421], [-1, -0.8427007929497149], [7, 1]] as const) {
  test(`erf(${x})`, () => { assert.ok(Math.abs(erf(x) - value) < 4e-16 * 4, `${erf(x)}`); });
}

for (const [name, x, y, value] of [
  ['round', 2.5, 0, 3], ['round', -2.5, 0, -3], ['nearbyint', 2.5, 0, 2], ['nearbyint', 3.5, 0, 4], ['rsqrt', 4, 0, 0.5], ['sigmoid', 0, 0, 0.5],
  ['pow', 2, 10, 1024], ['copysign', 3, -0, -3], ['fmod', -7, 3, -1], ['isnan', NaN, 0, 1], ['isfinite', Infinity, 0, 0],
] as const) {
  test(`${name}(${x}, ${y})`, () => { assert.equal(MATH_FUNCTIONS.get(name)?.apply(x, y), value); });
}

const x = variable('x');
const T = createBuffer('T', [8], 'float32');
const [i8, f16] = [variable('b', 'int8'), variable('h', 'float16')];

/** [expression, exact text, text for people, value with x = -7, b = 100, h = 0.1, T[i] = i / 3; rounded value if it differs] */
const EXPRESSIONS: readonly (readonly [Expr, string, string, number, number?])[] = [
  [binary('floordiv', x, int(4)), 'floordiv(x, 4)', 'x // 4', -2],
  [binary('floormod', x, int(4)), 'floormod(x, 4)', 'x % 4', 1],
  [binary('mul', binary('add', x, int(1)), binary('sub', x, binary('sub', int(2), x))), '((x + 1)*(x - (2 - x)))', '(x + 1) * (x - (2 - x))', 96],
  [binary('add', i8, i8), '(b + b)', 'b + b', -56],
  [binary('mul', int(65536), int(65537)), '(65536*65537)', '65536 * 65537', 65536],
  [cast('uint8', x), 'uint8(x)', 'uint8(x)', 249],
  [cast('int32', float(-2.7)), 'int32(-2.7f)', 'int32(-2.7)', -2],
  [load(T, [binary('add', x, int(8))]), 'T[(x + 8)]', 'T[x + 8]', 1 / 3, Math.fround(1 / 3)],
  [binary('mul', f16, float(3, 'float16')), '(h*3h)', 'h * 3', 0.1 * 3, 0.2998046875],
  [select(binary('lt', x, int(0)), float(1), float(2)), 'select((x < 0), 1f, 2f)', 'select(x < 0, 1, 2)', 1],
  [ifThenElse(binary('and', binary('ge', x, int(0)), binary('lt', x, int(8))), load(T, [x]), float(0.5)), 'tir.if_then_else(((x >= 0) && (x < 8)), T[x], 0.5f)', 'if_then_else(x >= 0 && x < 8, T[x], 0.5)', 0.5],
  [not(binary('or', binary('eq', x, int(1)), int(0, 'bool'))), '!((x == 1) || (bool)0)', '!(x == 1 || 0)', 1],
  [binary('max', int(3, 'int64'), cast('int64', x)), 'max((int64)3, int64(x))', 'max(3, int64(x))', 3],
  [call('tir.sqrt', [float(2)], 'float32'), 'tir.sqrt(2f)', 'sqrt(2)', Math.SQRT2, Math.fround(Math.SQRT2)],
  [binary('div', float(1, 'float64'), float(3, 'float64')), '(1/3)', '1 / 3', 1 / 3],
];
for (const [e, exact, readable, value, rounded] of EXPRESSIONS) {
  test(exact, () => {
    assert.equal(printExpr(e), exact);
    assert.equal(readableExpr(e), readable);
    const values = new Map([[x, -7], [i8, 100], [f16, 0.1]]);
    const evaluate = (round: boolean): number => compileExpr(e, {
      rounded: round, variable: (v) => () => storedValue(values.get(v) ?? NaN, round ? v.dtype : v.dtype === 'float16' ? 'float64' : v.dtype),
      load: (_, indices) => () => { const third = (indices[0]?.() ?? NaN) / 3; return round ? Math.fround(third) : third; },
    })();
    assert.equal(evaluate(false), value);
    assert.equal(evaluate(true), rounded ?? value);
  });
}

test('an unknown function is refused', () => {
  assert.throws(() => compileExpr(call('tir.frobnicate', [float(1)], 'float32'), { rounded: false, variable: () => () => 0, load: () => () => 0 }), /not known/);
});
