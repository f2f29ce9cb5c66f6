/**
 * Which of a task's fastest programs is the fastest: those that are about equal are run in turn, so that what disturbs the machine disturbs all
 * of them, until the order of the first two is clear or the time is spent.
 */
import type { LeadersEvent } from '../../protocol/session-event.js';

/** Programs within this of the best take part. */
const NEAR = 1.05;
const MOST = 3;
const MOST_TURNS = 8;
const LEAST_TURNS = 4;
/** One in a hundred with four turns, and they are looked at several times. */
const SURE = 6;

export interface Leader { readonly line: number; readonly seconds: number }

/** The programs between which times of one run each do not decide; none if the best stands alone. */
export function contenders<T extends Leader>(measured: readonly T[]): readonly T[] {
  const sorted = [...measured].sort((a, b) => a.seconds - b.seconds);
  const limit = (sorted[0]?.seconds ?? 0) * NEAR;
  const near = sorted.filter((l) => l.seconds <= limit).slice(0, MOST);
  return near.length < 2 ? [] : near;
}

/** `runOnce` gives seconds of one more run; undefined: it failed, and nothing can be said. */
export async function runInTurn<T extends Leader>(leaders: readonly T[], task: string, runOnce: (leader: T) => Promise<number | undefined>, late: () => boolean): Promise<LeadersEvent | undefined> {
  const times = new Map<T, number[]>(leaders.map((l) => [l, []]));
  let verdict = judge(times);
  for (let turn = 0; turn < MOST_TURNS && !late(); turn++) {
    for (const leader of leaders) {
      const seconds = await runOnce(leader);
      if (seconds === undefined) return undefined;
      times.get(leader)?.push(seconds);
    }
    verdict = judge(times);
    if (turn + 1 >= LEAST_TURNS && verdict.clear) break;
  }
  if (verdict.ranked.length === 0) return undefined;
  return {
    event: 'leaders', task, clear: verdict.clear, turns: verdict.ranked[0]?.[1].length ?? 0,
    leaders: verdict.ranked.map(([l, xs]) => ({ line: l.line, ms: median(xs) * 1000, spread: Number((spreadOf(xs)).toPrecision(3)) })),
  };
}

/** By median; clear: turn by turn the second takes longer than the first, by much more than that difference varies (Student's t). */
function judge<T>(times: ReadonlyMap<T, readonly number[]>): { readonly ranked: readonly (readonly [T, readonly number[]])[]; readonly clear: boolean } {
  const ranked = [...times].filter(([, xs]) => xs.length > 0).sort((a, b) => median(a[1]) - median(b[1]));
  const [first, second] = ranked;
  if (first === undefined || second === undefined || first[1].length < 2) return { ranked, clear: false };
  const ratios = first[1].map((x, i) => Math.log((second[1][i] ?? x) / x));
  const mean = ratios.reduce((a, b) => a + b, 0) / ratios.length;
  const variance = ratios.reduce((a, r) => a + (r - mean) ** 2, 0) / (ratios.length - 1);
  return { ranked, clear: mean > 1e-3 && mean > SURE * Math.sqrt(variance / ratios.length) };
}

function median(xs: readonly number[]): number {
  const sorted = [...xs].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

/** Half the distance between the quartiles, relative to the median. */
function spreadOf(xs: readonly number[]): number {
  const sorted = [...xs].sort((a, b) => a - b);
  const quarter = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  return (quarter(0.75) - quarter(0.25)) / 2 / Math.max(median(sorted), 1e-30);
}
