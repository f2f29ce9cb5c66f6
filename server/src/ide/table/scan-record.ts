/**
 * The numbers of one record line, found without parsing it whole: the text between fixed marks is what our sessions and the original
 * write. Lines written in another way are read as JSON.
 */
import type { RowNumbers } from './columns.js';
import { stepBit, TILED } from './step-kinds.js';

/** What was found; `taskText` is equal for records of one task on one target. Reused from line to line: this is a hot loop. */
export interface Scanned extends Pick<RowNumbers, 'ms' | 'spread' | 'repeats' | 'error' | 'steps' | 'kinds' | 'seconds' | 'time'> {
  taskText: string;
}

export function emptyScan(): Scanned {
  return { taskText: '', ms: NaN, spread: NaN, repeats: 0, error: 0, steps: 0, kinds: 0, seconds: 0, time: 0 };
}

const HEAD = '{"i": [[';
const STATE = '], [[], [';
const RESULT = '"r": [[';

/** Reads the line `text[from, to)` into `out`; false if it has another form. */
export function scanRecord(text: string, from: number, to: number, out: Scanned): boolean {
  if (!text.startsWith(HEAD, from)) return false;
  const state = text.indexOf(STATE, from);
  if (state < 0 || state >= to) return false;
  const result = text.lastIndexOf(RESULT, to);
  if (result <= state) return false;
  if (!scanResult(text, result + RESULT.length, to, out)) return false;
  scanSteps(text, state + STATE.length, result, out);
  out.taskText = text.slice(from + HEAD.length, state);
  return true;
}

function scanResult(text: string, from: number, to: number, out: Scanned): boolean {
  const costsEnd = text.indexOf(']', from);
  const end = text.indexOf(']', costsEnd + 1);
  if (costsEnd < 0 || end < 0 || end >= to) return false;
  let low = Infinity;
  let high = -Infinity;
  let sum = 0;
  let count = 0;
  for (let at = from; at < costsEnd;) {
    let comma = text.indexOf(',', at);
    if (comma < 0 || comma > costsEnd) comma = costsEnd;
    const cost = Number(text.slice(at, comma));
    if (!(cost >= 0)) return false;
    low = Math.min(low, cost);
    high = Math.max(high, cost);
    sum += cost;
    count++;
    at = comma + 1;
  }
  const first = text.indexOf(',', costsEnd) + 1;
  const second = text.indexOf(',', first) + 1;
  const third = text.indexOf(',', second) + 1;
  if (first === 0 || second === 0 || third === 0 || third > end || count === 0) return false;
  const error = Number(text.slice(first, second - 1));
  const seconds = Number(text.slice(second, third - 1));
  const time = Number(text.slice(third, end));
  if (!Number.isInteger(error) || error < 0 || error > 8 || Number.isNaN(seconds) || Number.isNaN(time)) return false;
  setResult(out, error, sum / count, high - low, count, seconds, time);
  return true;
}

/** `mean` and `range` in seconds. */
export function setResult(out: Scanned, error: number, mean: number, range: number, repeats: number, seconds: number, time: number): void {
  out.error = error;
  out.ms = error === 0 ? mean * 1000 : NaN;
  out.spread = error === 0 && mean > 0 ? range / mean : NaN;
  out.repeats = repeats;
  out.seconds = seconds;
  out.time = time;
}

/** Each list that begins with a string is a step. */
function scanSteps(text: string, from: number, to: number, out: Scanned): void {
  let steps = 0;
  let kinds = 0;
  for (let at = text.indexOf('["', from); at >= 0 && at < to; at = text.indexOf('["', at + 2)) {
    steps++;
    const quote = text.indexOf('"', at + 2);
    const code = text.slice(at + 2, quote);
    kinds |= stepBit(code);
    if (code === 'SP') {
      const open = text.indexOf('[', quote);
      const comma = text.indexOf(',', open);
      if (comma < text.indexOf(']', open)) kinds |= TILED;
    }
  }
  out.steps = steps;
  out.kinds = kinds;
}
