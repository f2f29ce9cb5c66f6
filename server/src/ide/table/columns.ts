/**
 * The numbers of a log's records in columns: what a table of 100,000 of them needs to sort, filter and show. Mutable and growing: an
 * index of a file is filled while it is read. Times are in milliseconds.
 */
export interface RowNumbers {
  /** Byte offset of the line in the file, and its length without the newline. */
  offset: number;
  bytes: number;
  /** Physical line, from 1. */
  line: number;
  /** Index in the list of tasks. */
  task: number;
  /** Mean of the repeats; NaN where it failed. */
  ms: number;
  /** (slowest - fastest) / mean of the repeats; NaN where it failed. */
  spread: number;
  repeats: number;
  /** Error number of the record. */
  error: number;
  steps: number;
  /** Bits of step-kinds.ts. */
  kinds: number;
  /** Seconds that building and running took. */
  seconds: number;
  /** Seconds since 1970. */
  time: number;
}

const FIRST = 1024;

export class Columns {
  private room = FIRST;
  length = 0;
  offset = new Float64Array(FIRST);
  bytes = new Uint32Array(FIRST);
  line = new Uint32Array(FIRST);
  task = new Uint32Array(FIRST);
  ms = new Float64Array(FIRST);
  spread = new Float32Array(FIRST);
  repeats = new Uint16Array(FIRST);
  error = new Uint8Array(FIRST);
  steps = new Uint16Array(FIRST);
  kinds = new Uint32Array(FIRST);
  seconds = new Float32Array(FIRST);
  time = new Float64Array(FIRST);
  /** The cost model's score before the measurement; NaN where it is not known. */
  predicted = new Float32Array(FIRST);
  /** Where the program is from: bits of sources.ts; 0: it was searched for. */
  source = new Uint8Array(FIRST);

  push(row: Readonly<RowNumbers>): void {
    if (this.length === this.room) this.grow();
    const i = this.length++;
    this.offset[i] = row.offset;
    this.bytes[i] = row.bytes;
    this.line[i] = row.line;
    this.task[i] = row.task;
    this.ms[i] = row.ms;
    this.spread[i] = row.spread;
    this.repeats[i] = row.repeats;
    this.error[i] = row.error;
    this.steps[i] = row.steps;
    this.kinds[i] = row.kinds;
    this.seconds[i] = row.seconds;
    this.time[i] = row.time;
    this.predicted[i] = NaN;
  }

  /** The row of a physical line; -1 if that line is no record. */
  rowOfLine(line: number): number {
    let low = 0;
    let high = this.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.line[middle] ?? 0;
      if (found === line) return middle;
      if (found < line) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  private grow(): void {
    this.room *= 2;
    const larger = <T extends Float64Array | Float32Array | Uint32Array | Uint16Array | Uint8Array>(made: T, old: T): T => {
      made.set(old);
      return made;
    };
    const n = this.room;
    this.offset = larger(new Float64Array(n), this.offset);
    this.bytes = larger(new Uint32Array(n), this.bytes);
    this.line = larger(new Uint32Array(n), this.line);
    this.task = larger(new Uint32Array(n), this.task);
    this.ms = larger(new Float64Array(n), this.ms);
    this.spread = larger(new Float32Array(n), this.spread);
    this.repeats = larger(new Uint16Array(n), this.repeats);
    this.error = larger(new Uint8Array(n), this.error);
    this.steps = larger(new Uint16Array(n), this.steps);
    this.kinds = larger(new Uint32Array(n), this.kinds);
    this.seconds = larger(new Float32Array(n), this.seconds);
    this.time = larger(new Float64Array(n), this.time);
    this.predicted = larger(new Float32Array(n), this.predicted);
    this.source = larger(new Uint8Array(n), this.source);
  }
}
