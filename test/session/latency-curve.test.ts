import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latencyCurve, reaching } from '../../tools/bench/latency-curve.js';

const line = (key: string, ms: number, stamp: number, error = 0): string => JSON.stringify({ i: [[key, 'llvm', [], '', 0, []], [[], []]], r: [[ms / 1000], error, 0.1, stamp], v: 'v0.6' });
const tasks = [{ key: 'a', weight: 2 }, { key: 'b', weight: 1 }];

test('a curve begins when every task has a record, and falls with each better one', () => {
  const log = ['# {"session":{}}', line('a', 4, 100), line('a', 9, 101), line('b', 1, 102), line('b', 0.5, 103, 4), line('a', 3, 110), line('c', 1, 111), line('b', 0.9, 115), ''].join('\n');
  const points = latencyCurve(log, tasks).map(({ trial, seconds, ms }) => [trial, seconds, Number(ms.toFixed(6))]);
  assert.deepEqual(points, [[3, 2, 9], [5, 10, 7], [6, 15, 6.9]]);
});

test('of a task and its siblings the fastest counts, once', () => {
  const log = [line('a', 4, 100), line('a2', 3, 101), line('b', 1, 102), line('a', 2, 103), line('a2', 2.5, 104), ''].join('\n');
  assert.deepEqual(latencyCurve(log, [...tasks, { key: 'a2', weight: 2, of: 'a' }]).map(({ trial, ms }) => [trial, Number(ms.toFixed(6))]), [[3, 7], [4, 5]]);
});

test('where the network uses one of them, measured in its place, that one counts, however fast the others are alone; the last note counts', () => {
  const note = (...keys: readonly string[]): string => `# ${JSON.stringify({ network: { model: 'm', target: 'llvm', tasks: keys.map((key) => ({ key, program: 'default', ms: 1 })) } })}`;
  const log = [line('a', 4, 100), line('a2', 3, 101), line('b', 1, 102), note('a2', 'b'), line('a2', 1, 103), line('a', 3.5, 104), note('a', 'b'), ''].join('\n');
  assert.deepEqual(latencyCurve(log, [...tasks, { key: 'a2', weight: 2, of: 'a' }]).map(({ trial, ms }) => [trial, Number(ms.toFixed(6))]), [[3, 9], [5, 8]]);
});

test('shares are of the final speed, not of the gain', () => {
  const points = [{ trial: 1, seconds: 0, ms: 20 }, { trial: 5, seconds: 2, ms: 12 }, { trial: 9, seconds: 3, ms: 10 }];
  assert.equal(reaching(points, 0.8)?.trial, 5);
  assert.equal(reaching(points, 0.95)?.trial, 9);
  assert.equal(reaching(points, 0.01)?.trial, 1);
  assert.equal(reaching([], 0.8), undefined);
});
