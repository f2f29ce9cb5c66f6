/** The task scheduler against numbers worked out by hand from its formulas. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import { backwardSlope, chainRule, forwardSlope, gradient } from '../../server/src/search/gradient.js';
import { SimilarityGroups, similarityTag } from '../../server/src/search/similarity.js';
import { createTaskScheduler, type TaskSchedulerOptions } from '../../server/src/search/task-scheduler.js';

const close = (a: number, b: number): void => assert.ok(Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b)), `${a} is not ${b}`);

test('parts of the gradient', () => {
  const task = { rounds: 5, best: 4, history: [10, 8, 7, 5, 4] };
  close(backwardSlope(task, 3), (4 - 8) / 3);
  assert.equal(backwardSlope({ ...task, rounds: 3, history: [10, 8, 7] }, 3), 0);
  // After a resumed log the history is shorter than the rounds.
  assert.equal(backwardSlope({ ...task, rounds: 9 }, 3), 0);
  // 4 - 4/5 - 4
  close(forwardSlope(task, 2, undefined), -0.8);
  // Similar tasks take 1: 2 * 1 - 4 is lower still.
  close(forwardSlope(task, 2, 1), -2);
  close(chainRule(([a = 0, b = 0]) => 3 * a + b, [1, 2], 0), 3);
  // 0.2 * -4/3 + 0.8 * -0.8, times 3
  close(gradient({ alpha: 0.2, beta: 2, window: 3 }, 3, task, undefined), 3 * (0.2 * (-4 / 3) - 0.64));
});

test('similarity groups', () => {
  assert.equal(similarityTag([], 1e9), '');
  // ln(1e9 + 1) / ln(1.618) = 43.06
  assert.equal(similarityTag(['conv'], 1e9), 'conv_43');
  const groups = new SimilarityGroups(['conv_43', 'conv_43', ''], [100, 200, 300]);
  // Speeds 10 and 100: task 0 would take 1.
  assert.equal(groups.predicted(0, [10, 2, 1]), 1);
  assert.equal(groups.predicted(2, [10, 2, 1]), undefined);
  groups.adjust(0, [10, 2, 1], [6, 1, 0], 2);
  assert.equal(groups.predicted(0, [10, 2, 1]), 1, '6 rounds are not more than 5 + 1');
  groups.adjust(0, [10, 2, 1], [7, 1, 0], 2);
  assert.equal(groups.predicted(0, [10, 2, 1]), undefined);
  assert.equal(groups.predicted(1, [10, 2, 1]), undefined);
});

function scheduler(options: Partial<TaskSchedulerOptions>): ReturnType<typeof createTaskScheduler> {
  return createTaskScheduler({ weights: [1, 1], trials: 100, batch: 4, rng: createRng(1), ...options });
}

test('first rounds come in the order that is asked for', () => {
  const s = scheduler({ weights: [1, 1, 1], order: [2, 0, 1] });
  assert.equal(s.pick(new Set([2])), 0, 'beside one that is busy');
  for (const task of [2, 0, 1]) {
    assert.equal(s.pick(), task);
    s.report(task, [1]);
  }
});

test('every task gets one round first, in order; then the steepest', () => {
  const s = scheduler({ weights: [1, 3, 1] });
  for (const [task, cost] of [[0, 0.5], [1, 0.3], [2, 0.6]] as const) {
    assert.equal(s.pick(), task);
    s.report(task, [undefined, cost, 2]);
  }
  close(s.score, 0.5 + 0.9 + 0.6);
  // After one round the slope is 0.8 * w * -best: 0.4, 0.72, 0.48.
  assert.equal(s.pick(), 1);
  s.report(1, [0.3, 0.3]);
  // Task 1 after two rounds: 0.8 * 3 * 0.15 = 0.36; now 2 leads.
  assert.equal(s.pick(), 2);
  s.report(2, [0.5]);
  assert.equal(s.pick(), 0);
  assert.deepEqual([s.trials, s.task(1).rounds, s.task(1).history, s.task(1).best], [3 * 3 + 3, 2, [0.3, 0.3], 0.3]);
});

test('tasks without a valid program after the warm-up, and those with nothing new, get no more', () => {
  const s = scheduler({ weights: [1, 1, 1] });
  s.report(0, [undefined]);
  s.report(1, [1]);
  s.report(2, [1]);
  assert.deepEqual([s.task(0).dead, s.task(0).best], [true, Infinity]);
  assert.notEqual(s.pick(), 0);
  s.report(1, []);
  assert.equal(s.pick(), 2);
  s.report(2, []);
  assert.equal(s.pick(), undefined);
});

test('ends when the trials are spent', () => {
  const s = scheduler({ trials: 10 });
  let rounds = 0;
  for (let task = s.pick(); task !== undefined; task = s.pick()) {
    s.report(task, [1, 1, 1, 1]);
    rounds++;
  }
  assert.deepEqual([rounds, s.trials], [3, 12]);
});

test('early stopping, of one task and of all', () => {
  const one = scheduler({ taskEarlyStopping: 4 });
  one.report(0, [1]);
  one.report(1, [1]);
  one.report(0, [1, 1, 1, 1]);
  assert.equal(one.task(0).dead, false, '4 trials without progress are not more than 4');
  one.report(0, [1, 1, 1, 1]);
  assert.equal(one.task(0).dead, true);
  const all = scheduler({ earlyStopping: 8 });
  all.report(0, [1]);
  all.report(1, [1]);
  all.report(0, [1, 1, 1, 1]);
  assert.notEqual(all.pick(), undefined);
  all.report(1, [1, 1, 1, 1]);
  assert.equal(all.pick(), undefined);
});

test('round robin goes around, past dead and busy tasks', () => {
  const s = scheduler({ weights: [1, 1, 1], strategy: 'round-robin' });
  for (const i of [0, 1, 2]) s.report(i, [1]);
  const seen: (number | undefined)[] = [];
  for (let i = 0; i < 4; i++) {
    const task = s.pick();
    seen.push(task);
    s.report(task!, i === 1 ? [] : [1]);
  }
  assert.deepEqual(seen, [0, 1, 2, 0]);
  assert.equal(s.pick(), 2);
  assert.equal(s.pick(new Set([2])), 0);
});

test('what a log knows counts as rounds; new trials count from 0', () => {
  const s = scheduler({ trials: 8 });
  s.restore(0, 10, 0.5, 6);
  assert.deepEqual([s.task(0).rounds, s.task(0).best, s.task(0).history, s.trials], [3, 0.5, [0.5], 0]);
  assert.equal(s.pick(), 1, 'the other task has its warm-up');
  s.report(1, [1]);
  assert.equal(s.pick(), 1, 'slope 0.8 * 1 against 0.8 * 0.5 / 3');
});

test('equal gradients: any living task', () => {
  const s = scheduler({ weights: [1, 1, 1] });
  for (const i of [0, 1, 2]) s.report(i, [1]);
  const picks = new Set(Array.from({ length: 40 }, () => s.pick()));
  assert.deepEqual([...picks].sort(), [0, 1, 2]);
});

test('an objective of its own: only the slowest task counts', () => {
  const s = scheduler({ objective: (costs) => Math.max(...costs) });
  s.report(0, [1]);
  s.report(1, [3]);
  assert.equal(s.pick(), 1);
  s.report(1, [0.5]);
  assert.equal(s.pick(), 0);
});
