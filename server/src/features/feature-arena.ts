/** Features of many programs side by side, in one array that is used again for the next many; a program's rows may come in parts. */
import { ROW_LENGTH } from './layout.js';
import type { FeatureRows } from './rows.js';

/** Programs' features: `rows` of 164 float32 numbers, one per written buffer; program p has rows [start[p], start[p + 1]). */
export interface FeatureBatch { readonly rows: Float32Array; readonly start: Int32Array }

export class FeatureArena {
  private rows = new Float32Array(256 * ROW_LENGTH);
  private used = 0;
  private starts = new Int32Array(64);
  private programs = 0;

  clear(): void {
    this.rows.fill(0, 0, this.used);
    this.used = 0;
    this.programs = 0;
  }

  add(features: Float32Array): void {
    this.room(features.length);
    this.rows.set(features, this.used);
    this.used += features.length;
  }

  addRows(from: FeatureRows): void {
    const length = from.count * ROW_LENGTH;
    this.room(length);
    from.transformInto(this.rows, this.used);
    this.used += length;
  }

  /** The program has all its rows. */
  end(): void {
    this.starts[++this.programs] = this.used / ROW_LENGTH;
  }

  /** A copy of the rows of a program that has not ended, which are taken back. */
  taken(): Float32Array {
    const start = this.starts[this.programs]! * ROW_LENGTH;
    const rows = this.rows.slice(start, this.used);
    this.rows.fill(0, start, this.used);
    this.used = start;
    return rows;
  }

  /** What was added since `clear`; it lives until then. */
  batch(): FeatureBatch {
    return { rows: this.rows.subarray(0, this.used), start: this.starts.subarray(0, this.programs + 1) };
  }

  private room(length: number): void {
    if (this.used + length > this.rows.length) {
      const bigger = new Float32Array(Math.max(this.rows.length * 2, this.used + length));
      bigger.set(this.rows.subarray(0, this.used));
      this.rows = bigger;
    }
    if (this.programs + 2 > this.starts.length) {
      const bigger = new Int32Array(this.starts.length * 2);
      bigger.set(this.starts);
      this.starts = bigger;
    }
  }
}
