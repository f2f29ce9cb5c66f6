/** The dashboard of a log: everything that its records and notes tell, as the page shows it. */
import type { DashboardTask, DashboardView, ErrorKind } from '../../protocol/dashboard-view.js';
import type { SessionState } from '../../protocol/session-state.js';
import { MEASURE_ERRORS } from '../../records/record.js';
import { leadersOfTasks, usedTasks } from '../../search/siblings.js';
import type { RecordIndex } from '../table/record-index.js';
import { bestCurves, pace, round, taskDots } from './curves.js';
import { potentials } from './potential.js';
import { predictionPairs } from './predictions.js';
import { workingTime } from './working-time.js';

const MOST_DOTS = 6000;
const LATEST = 20;
/** Working seconds that "now" covers. */
const LATELY = 60;

export interface DashboardInput {
  readonly log: string;
  readonly name: string;
  readonly index: RecordIndex;
  readonly session: SessionState | null;
  readonly complete: boolean;
  readonly problem?: string;
}

const known = (x: number | undefined): number | null => (x === undefined || Number.isNaN(x) ? null : x);

export function dashboardView({ log, name, index, session, complete, problem }: DashboardInput): DashboardView {
  const { columns, tasks } = index;
  const times = workingTime(index);
  const curves = bestCurves(index, times);
  const dots = taskDots(index, times, Math.max(50, Math.floor(MOST_DOTS / Math.max(1, tasks.length))));
  const potential = potentials(index);
  const latency = curves.network.ms.at(-1);
  const used = usedTasks(tasks.map((task) => columns.ms[task.best] ?? NaN), leadersOfTasks(tasks));
  const note = index.sessions.at(-1)?.note;
  const shown = tasks.map((task, i): DashboardTask => {
    const bestMs = task.best < 0 ? null : known(columns.ms[task.best]);
    return {
      key: task.key, name: task.name, target: task.target, weight: used[i] === true ? task.weight : 0, flops: known(task.flops), records: task.records, errors: task.errors, bestMs,
      bestLine: task.best < 0 ? null : columns.line[task.best] ?? null, gflops: bestMs === null ? null : known(task.flops / bestMs / 1e6),
      spread: task.best < 0 ? null : known(columns.spread[task.best]), share: bestMs === null || latency === undefined ? null : used[i] === true ? (bestMs * task.weight) / latency : 0,
      potential: potential[i] ?? null, best: curves.best[i] ?? { trial: [], seconds: [], ms: [], line: [] },
      dots: dots[i] ?? { trial: [], seconds: [], ms: [], error: [], line: [] },
    };
  });
  // Tasks of the session that have no record yet.
  const seen = new Set(tasks.map((t) => t.key));
  const waiting = (session?.tasks ?? []).filter((t) => !seen.has(t.key)).map((t): DashboardTask => ({
    key: t.key, name: t.name, target: session?.target ?? '', weight: t.weight, flops: t.flops, records: 0, errors: 0, bestMs: null, bestLine: null, gflops: null, spread: null,
    share: null, potential: null, best: { trial: [], seconds: [], ms: [], line: [] }, dots: { trial: [], seconds: [], ms: [], error: [], line: [] },
  }));
  const empty = { trial: [], seconds: [], ms: [], line: [] };
  return {
    log, name, session, target: session?.target ?? tasks.at(-1)?.target ?? note?.target ?? '', device: note?.host === undefined ? '' : `${note.host.cpu} (${note.host.cores})`,
    compiler: note?.compiler ?? '', records: columns.length, errors: tasks.reduce((n, t) => n + t.errors, 0), seconds: round(times[times.length - 1] ?? 0),
    network: waiting.some((t) => t.weight > 0) ? empty : curves.network, tasks: [...shown, ...waiting],
    throughput: { ...pace(times), now: paceNow(times), scoredPerSecond: session === null || session.seconds < 1 ? null : round(session.candidatesScored / session.seconds) },
    errorKinds: errorKinds(index), predictions: predictionPairs(index), complete, ...(problem !== undefined && { problem }),
  };
}

function paceNow(times: Float64Array): number | null {
  const end = times[times.length - 1];
  if (end === undefined || times.length < 2) return null;
  let first = times.length - 1;
  while (first > 0 && end - (times[first - 1] ?? 0) <= LATELY) first--;
  const span = Math.max(end - (times[first] ?? 0), 0);
  const count = times.length - 1 - first;
  return span > 0 && count > 0 ? round((60 * count) / span) : null;
}

function errorKinds({ columns, tasks, errorNotes }: RecordIndex): ErrorKind[] {
  const kinds = new Map<number, { count: number; latest: ErrorKind['latest'][number][] }>();
  for (let row = columns.length - 1; row >= 0; row--) {
    const error = columns.error[row] ?? 0;
    if (error === 0) continue;
    const kind = kinds.get(error) ?? { count: 0, latest: [] };
    kinds.set(error, kind);
    kind.count++;
    if (kind.latest.length >= LATEST) continue;
    const line = columns.line[row] ?? 0;
    const note = errorNotes.get(line);
    kind.latest.push({ line, task: tasks[columns.task[row] ?? 0]?.name ?? '', message: note?.message ?? '', output: note?.output !== undefined });
  }
  return [...kinds].map(([error, kind]) => ({ error, name: MEASURE_ERRORS[error] ?? String(error), ...kind })).sort((a, b) => b.count - a.count);
}
