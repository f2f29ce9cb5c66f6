import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFilter, type Term } from '../../../server/src/ide/table/filter.js';

const terms = (text: string): readonly Term[] => {
  const parsed = parseFilter(text);
  assert.equal(parsed.problem, undefined, `${text}: ${parsed.problem?.message}`);
  return parsed.problem === undefined ? parsed.terms : [];
};

test('filters that are understood', () => {
  const cases: readonly (readonly [string, readonly Term[]])[] = [
    ['', []],
    ['  ', []],
    ['@gflops > 200', [{ kind: 'number', not: false, field: 'gflops', compare: '>', value: 200 }]],
    ['@gflops>200 error:timeout', [{ kind: 'number', not: false, field: 'gflops', compare: '>', value: 200 }, { kind: 'error', not: false, numbers: [6, 7] }]],
    ['@ms<=1e-2', [{ kind: 'number', not: false, field: 'ms', compare: '<=', value: 0.01 }]],
    ['@spread < 5%', [{ kind: 'number', not: false, field: 'spread', compare: '<', value: 0.05 }]],
    ['@line:7', [{ kind: 'number', not: false, field: 'line', compare: '=', value: 7 }]],
    ['@steps != 3', [{ kind: 'number', not: false, field: 'steps', compare: '!=', value: 3 }]],
    ['-error:any', [{ kind: 'error', not: true, numbers: [1, 2, 3, 4, 5, 6, 7, 8] }]],
    ['error:none', [{ kind: 'error', not: false, numbers: [0] }]],
    ['error:6', [{ kind: 'error', not: false, numbers: [6] }]],
    ['error:run-timeout', [{ kind: 'error', not: false, numbers: [7] }]],
    ['error:Wrong-Answer', [{ kind: 'error', not: false, numbers: [5] }]],
    ['task:"conv 2D"', [{ kind: 'task', not: false, text: 'conv 2d' }]],
    ['conv -dense', [{ kind: 'task', not: false, text: 'conv' }, { kind: 'task', not: true, text: 'dense' }]],
    ['is:best is:winner', [{ kind: 'is', not: false, mark: 'best' }, { kind: 'is', not: false, mark: 'winner' }]],
    ['source:borrowed -source:own', [{ kind: 'source', not: false, source: 'borrowed' }, { kind: 'source', not: true, source: 'own' }]],
  ];
  for (const [text, expected] of cases) assert.deepEqual(terms(text), expected, text);
  assert.deepEqual(terms('rule:multiLevelTiling'), terms('RULE:multileveltiling'));
  assert.notDeepEqual(terms('rule:RF'), terms('rule:CHW'));
});

test('filters that are wrong say where and what', () => {
  const cases: readonly (readonly [string, number, number, RegExp])[] = [
    ['@gflops', 0, 7, /needs a comparison/],
    ['@gflops > many', 0, 14, /not a number/],
    ['@gflops >', 0, 9, /not a number/],
    ['task:conv @speed > 1', 10, 20, /unknown: @line/],
    ['colour:red', 0, 10, /unknown: task:/],
    ['error:melted', 0, 12, /No error is called/],
    ['rule:magic', 0, 10, /There is no rule/],
    ['is:good', 0, 7, /is:best/],
    ['source:moon', 0, 11, /source:borrowed/],
    ['task:', 0, 5, /needs a value/],
    ['conv "never closed', 5, 18, /not closed/],
  ];
  for (const [text, start, end, message] of cases) {
    const { problem } = parseFilter(text);
    assert.deepEqual([problem?.start, problem?.end], [start, end], text);
    assert.match(problem?.message ?? '', message, text);
  }
});
