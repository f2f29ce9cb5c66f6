/**
 * Which task has most to give: the gradient by which the task scheduler chooses (Ansor, section 6), for the history that a log tells. What
 * similar tasks reached is left out, as sessions do.
 */
import { chainRule, DEFAULT_GRADIENT_PARAMS, gradient } from '../../search/gradient.js';
import { leadersOfTasks, networkCost } from '../../search/siblings.js';
import type { RecordIndex } from '../table/record-index.js';

/** Trials of a usual round: the median of the runs of records that belong to one task. */
export function roundLength({ columns }: RecordIndex): number {
  const runs: number[] = [];
  let length = 0;
  for (let row = 0; row < columns.length; row++) {
    length++;
    if (row + 1 === columns.length || columns.task[row + 1] !== columns.task[row]) {
      runs.push(length);
      length = 0;
    }
  }
  runs.sort((a, b) => a - b);
  return Math.max(1, Math.min(64, runs[runs.length >> 1] ?? 1));
}

/** Shares that add up to 1, by task; null where a task has no result, or nothing is to be expected of any. */
export function potentials(index: RecordIndex): (number | null)[] {
  const { columns, tasks } = index;
  const batch = roundLength(index);
  const histories = tasks.map((): number[] => []);
  const best = new Float64Array(tasks.length).fill(Infinity);
  const seen = new Uint32Array(tasks.length);
  for (let row = 0; row < columns.length; row++) {
    const task = columns.task[row] ?? 0;
    const ms = columns.ms[row] ?? NaN;
    if (ms < (best[task] ?? Infinity)) best[task] = ms;
    const count = (seen[task] ?? 0) + 1;
    seen[task] = count;
    if (count % batch === 0) histories[task]?.push((best[task] ?? Infinity) / 1000);
  }
  const costs = [...best].map((ms) => ms / 1000);
  const leaders = leadersOfTasks(tasks);
  const weights = tasks.map((task) => task.weight);
  const objective = (all: readonly number[]): number => networkCost(all, weights, leaders);
  if (!Number.isFinite(objective(costs))) return tasks.map(() => null);
  const slopes = tasks.map((_, i) => {
    const history = [...(histories[i] ?? [])];
    const cost = costs[i] ?? 0;
    if (history.length === 0) history.push(cost);
    return -gradient(DEFAULT_GRADIENT_PARAMS, chainRule(objective, costs, i), { rounds: history.length, best: cost, history }, undefined);
  });
  const total = slopes.reduce((a, b) => a + b, 0);
  return total > 0 ? slopes.map((s) => s / total) : tasks.map(() => null);
}
