/** Predicted against measured: how well the cost model told good programs from bad ones before they ran. */
import type { DashboardView } from '../../protocol/dashboard-view.js';
import type { RecordIndex } from '../table/record-index.js';

const MOST = 1500;

/** The latest pairs. Measured speed is relative to the task's best: 1 is the fastest. */
export function predictionPairs({ columns, tasks }: RecordIndex): DashboardView['predictions'] {
  const predicted: number[] = [];
  const measured: number[] = [];
  const line: number[] = [];
  const task: number[] = [];
  for (let row = columns.length - 1; row >= 0 && line.length < MOST; row--) {
    const score = columns.predicted[row] ?? NaN;
    const ms = columns.ms[row] ?? NaN;
    const own = columns.task[row] ?? 0;
    const best = columns.ms[tasks[own]?.best ?? -1] ?? NaN;
    if (Number.isNaN(score) || Number.isNaN(ms) || Number.isNaN(best)) continue;
    predicted.push(Number(score.toPrecision(4)));
    measured.push(Number((best / ms).toPrecision(4)));
    line.push(columns.line[row] ?? 0);
    task.push(own);
  }
  return { predicted, measured, line, task, rank: rankAccuracy(predicted, measured, task) };
}

const MOST_COMPARED = 400;

/** Share of the pairs of one task that are in the right order; null for fewer than 10 pairs. 0.5 is chance. */
export function rankAccuracy(predicted: readonly number[], measured: readonly number[], task: readonly number[]): number | null {
  let right = 0;
  let pairs = 0;
  const n = Math.min(predicted.length, MOST_COMPARED);
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      if (task[i] !== task[j]) continue;
      const m = (measured[i] ?? 0) - (measured[j] ?? 0);
      const p = (predicted[i] ?? 0) - (predicted[j] ?? 0);
      if (m === 0) continue;
      pairs++;
      right += p === 0 ? 0.5 : Math.sign(m) === Math.sign(p) ? 1 : 0;
    }
  }
  return pairs < 10 ? null : right / pairs;
}
