/** Of sibling tasks a network uses the fastest; its cost counts each group once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leadersOfTasks, networkCost, usedTasks } from '../../server/src/search/siblings.js';

test('of each group the fastest is used; the leader while none has a time, and where times are equal', () => {
  const leaders = leadersOfTasks([{ key: 'a' }, { key: 'b' }, { key: 'a2', of: 'a' }, { key: 'a4', of: 'a' }]);
  assert.deepEqual(leaders, [0, 1, 0, 0]);
  assert.deepEqual(usedTasks([3, 5, 2, 4], leaders), [false, true, true, false]);
  assert.deepEqual(usedTasks([3, 5, 3, 3], leaders), [true, true, false, false]);
  assert.deepEqual(usedTasks([Infinity, NaN, Infinity, Infinity], leaders), [true, true, false, false]);
  assert.deepEqual(usedTasks([NaN, 1, Infinity, 7], leaders), [false, true, false, true]);
});

test('the cost of a network counts each group once, by the weight of its leader', () => {
  const leaders = [0, 1, 0];
  assert.equal(networkCost([3, 5, 2], [10, 1, 99], leaders), 25);
  assert.equal(networkCost([1, 5, 2], [10, 1, 99], leaders), 15);
  assert.ok(Number.isNaN(networkCost([NaN, 5, NaN], [1, 1, 1], leaders)));
  assert.equal(networkCost([NaN, 5, 2], [1, 1, 1], leaders), 7);
});

test('siblings have one target; a leader that is not there makes a task its own', () => {
  assert.deepEqual(leadersOfTasks([{ key: 'a', target: 'x' }, { key: 'a', target: 'y' }, { key: 's', of: 'a', target: 'x' }, { key: 's', of: 'a', target: 'z' }]), [0, 1, 0, 3]);
});
