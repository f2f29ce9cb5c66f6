/** What has been measured so far, in the form that training wants: features and costs of the programs of several tasks. */
import { ROW_LENGTH } from '../features/layout.js';
import type { TrainingSamples } from './model.js';

/** Costs from here on mean that the program failed (records write 1e10 seconds). */
const FAILED = 1e9;

export class SampleStore {
  private rows = new Float32Array(256 * ROW_LENGTH);
  private used = 0;
  private readonly ends: number[] = [];
  private readonly costs: number[] = [];
  private readonly tasks: string[] = [];
  private readonly best = new Map<string, number>();

  /** Programs with features. */
  get count(): number {
    return this.costs.length;
  }

  /** Adds a measured program; `cost` in seconds, 1e10 (or Infinity) for a failed one. A program without features teaches nothing. */
  add(task: string, features: Float32Array, cost: number): void {
    if (features.length === 0) return;
    if (this.used + features.length > this.rows.length) {
      const bigger = new Float32Array(Math.max(this.rows.length * 2, this.used + features.length));
      bigger.set(this.rows.subarray(0, this.used));
      this.rows = bigger;
    }
    this.rows.set(features, this.used);
    this.used += features.length;
    this.ends.push(this.used / ROW_LENGTH);
    this.costs.push(cost);
    this.tasks.push(task);
    if (cost < FAILED) this.best.set(task, Math.min(cost, this.best.get(task) ?? Infinity));
  }

  /** A copy of everything; throughputs are the task's best cost over the program's, 0 for failed ones. */
  trainingSamples(): TrainingSamples {
    const throughputs = Float32Array.from(this.costs, (cost, i) => (cost < FAILED ? (this.best.get(this.tasks[i] ?? '') ?? 0) / cost : 0));
    return { features: { rows: this.rows.slice(0, this.used), start: Int32Array.from([0, ...this.ends]) }, throughputs };
  }
}
