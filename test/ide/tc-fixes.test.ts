/** Quick fixes of `.tc` texts: each is applied, and the text then has one problem less. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyseTc } from '../../server/src/ide/tc/analysis.js';
import { closest } from '../../server/src/ide/tc/closest.js';
import { tcFixes, type TcEdit } from '../../server/src/ide/tc/fixes.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { english } from '../../server/src/schedule/steps/definition.js';

function applied(text: string, { line, column, length, text: fresh }: TcEdit): string {
  return text.split('\n').map((one, k) => (k === line - 1 ? one.slice(0, column - 1) + fresh + one.slice(column - 1 + length) : one)).join('\n');
}

/** `§` in a body of `def f(float(8, 4) A, float(4, 8) Bias) -> (C)` is where the statement goes. */
const around = (statement: string): string => `def f(float(8, 4) A, float(4, 8) Bias) -> (C) {\n  ${statement}\n}\n`;

const CASES: readonly (readonly [what: string, text: string, title: string, after: string])[] = [
  ['a mistyped tensor', around('C(i, j) = A(i, j) + Bais(j, i)'), 'Change to Bias', around('C(i, j) = A(i, j) + Bias(j, i)')],
  ['a mistyped function', around('C(i, j) = fmx(A(i, j), Bias(j, i))'), 'Change to fmax', around('C(i, j) = fmax(A(i, j), Bias(j, i))')],
  ['an index that is reduced over', around('C(i, j) = A(i, k) * Bias(k, j)'), 'Sum over k', around('C(i, j) += ! A(i, k) * Bias(k, j)'.replace('+= !', '+=!'))],
  ['an index too many', around('C(i, j) = A(i, j, i) + Bias(j, i)'), 'Remove i', around('C(i, j) = A(i, j) + Bias(j, i)')],
  ['an index too few', around('C(i, j) = A(i) + Bias(j, i)'), 'Add j', around('C(i, j) = A(i, j) + Bias(j, i)')],
  ['a bracket that is not closed', around('C(i, j) = (A(i, j) + Bias(j, i)'), 'Insert )', around('C(i, j) = (A(i, j) + Bias(j, i))')],
  ['a number as a condition', around('C(i, j) = A(i, j) ? Bias(j, i) : 1.0'), 'Compare with 0', around('C(i, j) = A(i, j) != 0 ? Bias(j, i) : 1.0')],
  ['a size without value', 'def f(float(N, 4) A) -> (C) {\n  C(i, j) = A(i, j)\n}\n', 'Give it a value: sizes N = 64', 'sizes N = 64\ndef f(float(N, 4) A) -> (C) {\n  C(i, j) = A(i, j)\n}\n'],
  ['a mistyped type', 'def f(flot(8, 4) A) -> (C) {\n  C(i, j) = A(i, j)\n}\n', 'Change to float', 'def f(float(8, 4) A) -> (C) {\n  C(i, j) = A(i, j)\n}\n'],
  ['a definition that does not end', 'def f(float(8, 4) A) -> (C) {\n  C(i, j) = A(i, j)', 'Insert }', 'def f(float(8, 4) A) -> (C) {\n  C(i, j) = A(i, j)\n}'],
];

for (const [what, text, title, after] of CASES) {
  test(`quick fix: ${what}`, () => {
    const analysis = analyseTc(text);
    const fixes = analysis.tree.problems.flatMap((problem) => tcFixes(analysis, problem, english));
    const chosen = fixes.find((fix) => fix.title === title);
    assert.ok(chosen !== undefined, `${title}: ${JSON.stringify(fixes.map((fix) => fix.title))} for ${JSON.stringify(analysis.tree.problems)}`);
    assert.equal(applied(text, chosen.edit), after);
    assert.deepEqual(parseTc(after).problems.filter(({ severity }) => severity === 'error'), []);
  });
}

test('every text that breaks off anywhere gets fixes without a fault, and a right one gets none', () => {
  const text = 'sizes N = 8\ndef f(float(N, 4) A, const float(4, N) W) -> (C) {\n  P(i, j) = (i > 0 && j < 3) ? A(i - 1, j) : 0.0 where i in 0:9\n  C(i, j) max=! exp(P(i, k)) * W(k, j)\n}\n';
  const of = (one: string): number => {
    const analysis = analyseTc(one);
    return analysis.tree.problems.flatMap((problem) => tcFixes(analysis, problem, english)).length;
  };
  assert.equal(of(text), 0);
  let some = 0;
  for (let k = 0; k < text.length; k++) some += of(text.slice(0, k)) + of(text.slice(0, k) + text.slice(k + 1));
  assert.ok(some > 50, `${some} fixes`);
});

test('names that look alike: swaps, case and missing letters, nothing that is another word', () => {
  assert.deepEqual(closest('Bais', ['A', 'Bias', 'base']), ['Bias']);
  assert.deepEqual(closest('sigmiod', ['sigmoid', 'sin']), ['sigmoid']);
  assert.deepEqual(closest('b', ['B', 'A']), ['B']);
  assert.deepEqual(closest('x', ['y', 'z']), []);
});
