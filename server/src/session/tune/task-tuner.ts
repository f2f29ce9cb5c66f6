/** One task in a session: its search, its bench, and what is known about it. */
import type { Rng } from '../../base/rng.js';
import type { TaskStatus } from '../../protocol/session-event.js';
import { meanCost } from '../../records/best.js';
import type { IndexedRecord } from '../../records/log-index.js';
import type { MeasureRecord } from '../../records/record.js';
import { createPolicy, type SketchPolicy } from '../../search/policy.js';
import type { SearchParams } from '../../search/params.js';
import type { TransformStep } from '../../schedule/step.js';
import type { Backend } from '../backend.js';
import type { InputTask } from '../input.js';
import { isLegal } from '../records-of.js';
import type { TaskBench } from '../task-bench.js';

export interface BestRecord { readonly line: number; readonly seconds: number; readonly steps: readonly TransformStep[] }

export class TaskTuner {
  readonly policy: SketchPolicy;
  bench: TaskBench | undefined;
  trials = 0;
  errors = 0;
  best: BestRecord | undefined;
  /** Records that the log had when the session began. */
  readonly known: MeasureRecord[] = [];
  /** The line of this task is in the log. */
  announced = false;
  /** Why the task cannot be tuned here. */
  problem: string | undefined;
  /** Seconds by steps; undefined for programs that failed. */
  private readonly measured = new Map<string, number | undefined>();

  constructor(readonly task: InputTask, backend: Backend, params: SearchParams, rng: Rng, yieldControl: () => Promise<void>) {
    this.policy = createPolicy({ task: { dag: task.dag, target: backend.target, hardware: backend.hardware }, params, rng, yieldControl });
  }

  /** Takes what the log has. Records whose steps are not legal for this task stay in the log and do not count. */
  preload(records: readonly IndexedRecord[]): void {
    for (const { record, line } of records) {
      const seconds = meanCost(record.result);
      const ok = record.result.errorNo === 0;
      // Programs that the search would not make itself, such as those of the default rules, may be legal too.
      const legal = this.policy.preload([{ steps: record.steps, costSeconds: ok ? seconds : undefined }]);
      if (legal === 0 && ok && !isLegal(this.task.dag, record.steps)) continue;
      this.known.push(record);
      this.count(record, line);
    }
  }

  count(record: MeasureRecord, line: number): boolean {
    this.trials++;
    const seconds = record.result.errorNo === 0 ? meanCost(record.result) : undefined;
    this.measured.set(JSON.stringify(record.steps), seconds);
    if (seconds === undefined) {
      this.errors++;
      return false;
    }
    if (this.best !== undefined && seconds >= this.best.seconds) return false;
    this.best = { line, seconds, steps: record.steps };
    return true;
  }

  hasMeasured(steps: readonly TransformStep[]): boolean {
    return this.measured.has(JSON.stringify(steps));
  }

  /** Measured seconds of a program; undefined if it was not measured or failed. */
  secondsOf(steps: readonly TransformStep[]): number | undefined {
    return this.measured.get(JSON.stringify(steps));
  }

  status(): TaskStatus {
    const { key, name, weight, flops } = this.task;
    const { best } = this;
    return {
      key, name, weight, flops, trials: this.trials, errors: this.errors,
      bestMs: best === undefined ? null : best.seconds * 1000, gflops: best === undefined ? null : gflops(flops, best.seconds),
    };
  }
}

export function gflops(flops: number, seconds: number): number {
  return flops / seconds / 1e9;
}
