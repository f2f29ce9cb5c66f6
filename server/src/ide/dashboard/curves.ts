/** Curves over a log's trials: the best of a task so far, the network's latency, the pace. */
import type { Dots, StepLine } from '../../protocol/dashboard-view.js';
import { leadersOfTasks, networkCost } from '../../search/siblings.js';
import type { RecordIndex } from '../table/record-index.js';

interface Growing { readonly trial: number[]; readonly seconds: number[]; readonly ms: number[]; readonly line: number[] }
const growing = (): Growing => ({ trial: [], seconds: [], ms: [], line: [] });

export interface Curves { readonly best: readonly StepLine[]; readonly network: StepLine }

/** One falling line per task, and that of the network: the sum of the best times by weight, from where every task or a sibling of it has one. */
export function bestCurves({ columns, tasks }: RecordIndex, times: Float64Array): Curves {
  const best = tasks.map(growing);
  const now = new Float64Array(tasks.length).fill(NaN);
  const network = growing();
  const leaders = leadersOfTasks(tasks);
  const weights = tasks.map((task) => task.weight);
  const add = (curve: Growing, row: number, ms: number): void => {
    curve.trial.push(row + 1);
    curve.seconds.push(times[row] ?? 0);
    curve.ms.push(ms);
    curve.line.push(columns.line[row] ?? 0);
  };
  for (let row = 0; row < columns.length; row++) {
    const task = columns.task[row] ?? 0;
    const ms = columns.ms[row] ?? NaN;
    const before = now[task] ?? NaN;
    if (!(ms < before) && !(Number.isNaN(before) && !Number.isNaN(ms))) continue;
    now[task] = ms;
    const curve = best[task];
    if (curve !== undefined) add(curve, row, ms);
    const latency = networkCost(now, weights, leaders);
    if (!Number.isNaN(latency)) add(network, row, latency);
  }
  const last = columns.length - 1;
  for (const curve of [...best, network]) {
    const ms = curve.ms.at(-1);
    if (ms !== undefined && curve.trial.at(-1) !== last + 1) {
      const line = curve.line.at(-1) ?? 0;
      add(curve, last, ms);
      curve.line[curve.line.length - 1] = line;
    }
  }
  return { best, network };
}

/** The records of each task; at most `most` for each, chosen evenly. */
export function taskDots({ columns, tasks }: RecordIndex, times: Float64Array, most: number): Dots[] {
  const dots = tasks.map(() => ({ trial: [] as number[], seconds: [] as number[], ms: [] as (number | null)[], error: [] as number[], line: [] as number[] }));
  const every = tasks.map((task) => Math.max(1, Math.ceil(task.records / most)));
  const seen = new Uint32Array(tasks.length);
  for (let row = 0; row < columns.length; row++) {
    const task = columns.task[row] ?? 0;
    const at = seen[task] ?? 0;
    seen[task] = at + 1;
    const own = dots[task];
    if (own === undefined || at % (every[task] ?? 1) !== 0) continue;
    const ms = columns.ms[row] ?? NaN;
    own.trial.push(row + 1);
    own.seconds.push(round(times[row] ?? 0));
    own.ms.push(Number.isNaN(ms) ? null : ms);
    own.error.push(columns.error[row] ?? 0);
    own.line.push(columns.line[row] ?? 0);
  }
  return dots;
}

const BINS = 60;

/** Trials a minute in equal parts of the working time. */
export function pace(times: Float64Array): { readonly seconds: number[]; readonly perMinute: number[] } {
  const end = times[times.length - 1] ?? 0;
  if (!(end > 0) || times.length < 2) return { seconds: [], perMinute: [] };
  const bins = Math.max(1, Math.min(BINS, Math.floor(end / 2), times.length));
  const counts = new Uint32Array(bins);
  for (const t of times) {
    const bin = Math.min(bins - 1, Math.floor((t / end) * bins));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const width = end / bins;
  return { seconds: [...counts].map((_, i) => round((i + 0.5) * width)), perMinute: [...counts].map((n) => round((60 * n) / width)) };
}

export function round(x: number): number {
  return Math.round(x * 1000) / 1000;
}
