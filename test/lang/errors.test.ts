/** Wrong texts: where the problem is, what it says, and that the rest of the text is still read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTc } from '../../server/src/lang/parse.js';

const wrap = (body: string, params = 'float(4, 8) A, float(8) v, int32(4) n'): string => `def f(${params}) -> (y) {\n${body}\n}`;

/** [what, text, line, column, message, remedy] */
const CASES: readonly (readonly [string, string, number, number, RegExp, RegExp?])[] = [
  ['empty definition', 'def f() -> () {}', 1, 5, /no output/],
  ['no definition', 'matmul(i)', 1, 1, /expected `def` or `sizes`, found `matmul`/],
  ['missing bracket', wrap('y(i) = fmax(v(i), 0'), 3, 1, /expected `\)` or `,`/],
  ['end of the text', 'def f(float(4) a) -> (y) {\n y(i) = a(i)', 2, 13, /`}` to end/],
  ['unknown tensor', wrap('y(i) = w(i)'), 2, 8, /`w` is no tensor/],
  ['used before', wrap('y(i) = z(i)\nz(i) = v(i)'), 2, 8, /used before it is defined/],
  ['dimensions', wrap('y(i) = A(i)'), 2, 8, /has 2 dimensions, not 1/],
  ['index only on the right', wrap('y(i) = A(i, k)'), 2, 13, /`k` is no index of `y`/, /\+=!/],
  ['range unknown', wrap('y(i, j) = v(i)'), 2, 6, /range of `j` does not follow/, /where j in 0:N/],
  ['out of bounds', wrap('y(i) = v(i + 1) where i in 0:8'), 2, 12, /takes the values 1 to 8, the size is 8/],
  ['wrong guard', wrap('y(i) = (i >= 1 && i < 10) ? v(i - 1) : 0 where i in 0:12'), 2, 33, /takes the values 0 to 8, the size is 8/, /correct the condition/],
  ['wrong guard from below', wrap('y(i) = (2 * i > 2) ? v(i - 3) : 0 where i in 0:9'), 2, 26, /takes the values -1 to 5/],
  ['negative', wrap('y(i) = v(i - 1)'), 2, 12, /takes the values -1 to/],
  ['no room', wrap('y(i) = v(i + 9)'), 2, 3, /no value of `i`/],
  ['empty range', wrap('y(i) = v(i) where i in 3:3'), 2, 24, /3:3 is empty/],
  ['range from 1', wrap('y(i) = v(i) where i in 1:3'), 2, 24, /must start at 0/],
  ['mixed types', wrap('y(i) = v(i) + n(i) where i in 0:4'), 2, 13, /float32 and int32/, /cast/],
  ['float literal beside integer', wrap('y(i) = n(i) + 0.5'), 2, 13, /int32 and float32|float32 and int32/],
  ['no condition', wrap('y(i) = v(i) ? 1 : 0'), 2, 8, /condition is needed/, /!= 0/],
  ['modulus of floats', wrap('y(i) = v(i) % 2'), 2, 13, /for integers/, /fmod/],
  ['float index', wrap('y(i) = v(v(i))'), 2, 10, /index is an integer/],
  ['function of an integer', wrap('y(i) = exp(n(i))'), 2, 8, /is for floats/],
  ['arguments', wrap('y(i) = fmax(v(i))'), 2, 8, /takes 2 arguments, not 1/],
  ['arguments of a function', wrap('y(i) = exp(v(i), v(i))'), 2, 8, /takes 1 argument, not 2/],
  ['taken name', wrap('v(i) = v(i)\ny(i) = v(i)'), 2, 1, /`v` is defined already/],
  ['reserved name', wrap('exp(i) = v(i)\ny(i) = v(i)'), 2, 1, /word of the language/, /as "exp"/],
  ['index twice', wrap('y(i, i) = v(i)'), 2, 6, /twice/],
  ['output missing', wrap('z(i) = v(i)'), 1, 50, /output `y` is never defined/],
  ['output is a parameter', 'def f(float(4) y) -> (y) {}', 1, 23, /is a parameter/],
  ['element type', wrap('y(i) = v(i)', 'real(8) v'), 1, 7, /no element type/, /float/],
  ['size without value', wrap('y(i) = v(i)', 'float(N) v'), 1, 13, /size `N` has no value/, /--size N=/],
  ['size of zero', wrap('y(i) = v(i)', 'float(0) v'), 1, 13, /size of 0/],
  ['attribute', wrap('@unroll(i) y(i) = v(i)'), 2, 2, /unknown attribute/, /@always_unroll_inner/],
  ['attribute index', wrap('@no_split_at_inner(q) y(i) = v(i)'), 2, 20, /`q` is no index/],
  ['where of nothing', wrap('y(i) = v(i) where q in 0:3'), 2, 19, /`q` is no index/],
  ['character', wrap('y(i) = v(i) $ 2'), 2, 13, /unexpected character `\$`/],
  ['number', wrap('y(i) = v(i) + 12ab'), 2, 15, /`12ab` is no number/],
  ['string', 'def f as "abc\n', 1, 10, /does not end/],
  ['large integer', wrap('y(i) = n(i) + 3000000000'), 2, 15, /is no int32/],
  ['division by zero', wrap('y(i) = n(i) / 0'), 2, 13, /division by zero/],
  ['reduce a condition', wrap('y() +=! v(i) > 0'), 2, 14, /conditions cannot be reduced/],
];

for (const [what, text, line, column, message, remedy] of CASES) {
  test(what, () => {
    const { defs, problems } = parseTc(text);
    const errors = problems.filter((p) => p.severity === 'error');
    const [first] = errors;
    assert.ok(first !== undefined, 'no problem found');
    assert.match(first.message, message);
    assert.deepEqual([first.line, first.column], [line, column], JSON.stringify(errors));
    if (remedy !== undefined) assert.match(first.remedy ?? '', remedy);
    assert.deepEqual(defs, []);
  });
}

test('an error spoils its statement and its definition only', () => {
  const { defs, problems } = parseTc([
    'def bad(float(4) a) -> (y) {', '  x(i) = a(i) +', '  z(i) = ?', '  y(i) = x(i) + q(i)', '}', 'def good(float(4) a) -> (y) { y(i) = a(i) }', 'sizes = 3', 'def last(float(4) a) -> (y) { y(i) = a(i) }',
  ].join('\n'));
  assert.deepEqual(defs.map((def) => def.name), ['good', 'last']);
  assert.deepEqual(problems.map((p) => [p.line, p.column]), [[3, 8], [7, 7]]);
});

test('what is not used is a warning', () => {
  const { defs, problems } = parseTc(wrap('x(i) = v(i)\ny(i) = v(i)'));
  assert.equal(defs.length, 1);
  assert.deepEqual(problems.map((p) => [p.severity, p.line, p.column, p.message]), [
    ['warning', 1, 19, '`A` is never used'], ['warning', 1, 43, '`n` is never used'], ['warning', 2, 1, '`x` is never used'],
  ]);
});
