/** One task in a session: its search, its bench, and what is known about it. */
import type { TaskStatus } from '../../protocol/session-event.js';
import { meanCost } from '../../records/best.js';
import type { MeasureRecord } from '../../records/record.js';
import type { KnownProgram } from '../../records/reuse/programs.js';
import type { TransformStep } from '../../schedule/step.js';
import type { Backend } from '../backend.js';
import type { InputTask } from '../input.js';
import { isLegal } from '../records-of.js';
import type { TaskBench } from '../task-bench.js';
import type { SketchTask } from '../../sketch/task.js';
import type { TaskSearch } from './islands.js';
import { Borrowed, type SeedProgram } from './borrowed.js';

export interface BestRecord { readonly line: number; readonly seconds: number; readonly steps: readonly TransformStep[] }

const FASTEST = 3;

export class TaskTuner {
  readonly policy: TaskSearch;
  bench: TaskBench | undefined;
  errors = 0;
  best: BestRecord | undefined;
  /** The fastest few, the fastest first. */
  fastest: readonly BestRecord[] = [];
  /** What the log had when the session began, and what was borrowed: programs to learn from. */
  readonly known: SeedProgram[] = [];
  /** What others know. */
  readonly others: Borrowed;
  /** The line of this task is in the log. */
  announced = false;
  /** Why the task cannot be tuned here. */
  problem: string | undefined;
  /** Seconds by steps; undefined for programs that failed. */
  private readonly measured = new Map<string, number | undefined>();
  private own = 0;
  /** Records of others that count, by what confirming runs in the log say. */
  private noted = 0;
  private confirmed = false;

  /** `programs`: what logs know about the task. */
  constructor(readonly task: InputTask, programs: readonly KnownProgram[], backend: Backend, search: (task: SketchTask) => TaskSearch) {
    this.others = new Borrowed(task, programs, backend.targetText);
    this.policy = search({ dag: task.dag, target: backend.target, hardware: backend.hardware });
  }

  /** Takes what the log has of this model. Records whose steps are not legal for this task stay in the log and do not count. */
  preload(programs: readonly KnownProgram[]): void {
    for (const { record, line, trial, origin, factor, log } of programs) {
      if (origin !== 'own' || factor !== 1 || log !== undefined) continue;
      const seconds = record.result.errorNo === 0 ? meanCost(record.result) : undefined;
      // Programs that the search would not make itself, such as those of the default rules, may be legal too.
      const legal = this.policy.preload([{ steps: record.steps, costSeconds: seconds }]);
      if (legal === 0 && seconds !== undefined && !isLegal(this.task.dag, record.steps)) continue;
      this.known.push({ steps: record.steps, seconds });
      this.count(record, line);
      if (seconds !== undefined) this.noted = Math.max(this.noted, (trial?.confirms ?? 1) - 1);
    }
    const best = this.others.best === undefined ? undefined : this.secondsOf(this.others.best.steps);
    if (best !== undefined) this.confirm(best);
  }

  /** What others know counts from now on: its best program took `seconds` here. */
  confirm(seconds: number): void {
    this.confirmed = true;
    const seeds = this.others.seeds(seconds);
    this.policy.preload(seeds.map((s) => ({ steps: s.steps, costSeconds: s.seconds })));
    this.known.push(...seeds);
  }

  /** Records of others that count. */
  get borrowed(): number {
    return Math.max(this.noted, this.confirmed ? this.others.beside(this.measured) : 0);
  }

  /** Records that count. */
  get trials(): number {
    return this.own + this.borrowed;
  }

  count(record: MeasureRecord, line: number): boolean {
    this.own++;
    const seconds = record.result.errorNo === 0 ? meanCost(record.result) : undefined;
    this.measured.set(JSON.stringify(record.steps), seconds);
    if (seconds === undefined) {
      this.errors++;
      return false;
    }
    const own: BestRecord = { line, seconds, steps: record.steps };
    this.fastest = [...this.fastest, own].sort((a, b) => a.seconds - b.seconds).slice(0, FASTEST);
    if (this.best !== undefined && seconds >= this.best.seconds) return false;
    this.best = own;
    return true;
  }

  /** By their steps. */
  get measuredPrograms(): ReadonlyMap<string, number | undefined> {
    return this.measured;
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
    const { best, borrowed } = this;
    return {
      key, name, weight, flops, trials: this.trials, ...(borrowed === 0 ? {} : { borrowed }), errors: this.errors,
      bestMs: best === undefined ? null : best.seconds * 1000, gflops: best === undefined ? null : gflops(flops, best.seconds),
    };
  }
}

export function gflops(flops: number, seconds: number): number {
  return flops / seconds / 1e9;
}
