/** Seconds of work at each record of a log: records have the time of day, and days may lie between two sessions. */
import type { RecordIndex } from '../table/record-index.js';

/** Nothing is measured for so long: the session was paused or ended. */
const LONGEST_GAP = 300;

/** Working seconds by row. */
export function workingTime({ columns, sessions }: RecordIndex): Float64Array {
  const times = new Float64Array(columns.length);
  const starts = new Set(sessions.map((s) => s.row));
  let total = 0;
  let last = NaN;
  for (let row = 0; row < columns.length; row++) {
    const now = columns.time[row] ?? 0;
    const own = columns.seconds[row] ?? 0;
    const step = now - last;
    if (row === 0 || starts.has(row) || !(step < LONGEST_GAP)) total += Math.min(own, LONGEST_GAP);
    else total += Math.max(0, step);
    last = Math.max(Number.isNaN(last) ? now : last, now);
    if (starts.has(row)) last = now;
    times[row] = total;
  }
  return times;
}
