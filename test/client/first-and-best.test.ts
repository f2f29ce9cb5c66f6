/** The walkthrough compares the best program with the first one, whichever of them is the best. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstAndBest } from '../../client/src/first-and-best.js';

const record = (error: number, ...seconds: readonly number[]): string => JSON.stringify({ i: [], r: [seconds, error, 1, 1], v: 'v0.6' });
const lines = (...all: readonly string[]): readonly (number | undefined)[] => {
  const pair = firstAndBest('file:///log', ['# {"session":{}}', ...all, ''].join('\n'));
  return [pair?.left.line, pair?.right.line];
};

test('the best beside the first that works; where that is the best, beside the next', () => {
  assert.deepEqual(lines(record(4, 1e10), record(0, 3, 3), record(0, 1, 1.5), record(0, 2)), [4, 3]);
  assert.deepEqual(lines(record(0, 1), record(2, 1e10), record(0, 3), record(0, 2)), [2, 4]);
});

test('less than two that work: nothing to compare', () => {
  assert.deepEqual(lines(record(0, 1), record(4, 1e10), '{"cut'), [undefined, undefined]);
  assert.deepEqual(lines(), [undefined, undefined]);
});
