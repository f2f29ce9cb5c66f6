/** The benches of a session's tasks, set up when they are needed or, if somebody says so in time, before. */
import { SessionError } from '../problem.js';
import { TaskBench } from '../task-bench.js';
import type { BufferIds } from '../task-bench.js';
import type { Stall } from './stall.js';
import type { TaskTuner } from './task-tuner.js';
import type { TuneRun } from './options.js';

type Made = Awaited<ReturnType<typeof TaskBench.create>>;

export class Benches {
  /** Undefined: something stood in the way that may be mended. */
  private readonly begun = new Map<TaskTuner, Promise<Made | undefined>>();

  /** `warn` is told of tasks that cannot be tuned. */
  constructor(private readonly run: TuneRun, private readonly ids: BufferIds, private readonly stall: Stall, private readonly warn: (task: string, message: string) => void) {}

  /** Begins to set one up. */
  begin(tuner: TaskTuner): void {
    if (tuner.bench !== undefined || this.begun.has(tuner)) return;
    const made = this.make(tuner).catch((e: unknown) => {
      if (e instanceof SessionError) return undefined;
      throw e;
    });
    // Whoever asks for the bench hears of it.
    made.catch(() => undefined);
    this.begun.set(tuner, made);
  }

  /** Undefined: the task cannot be tuned here. The others go on. @throws SessionError if none can */
  async of(tuner: TaskTuner): Promise<TaskBench | undefined> {
    if (tuner.bench !== undefined || tuner.problem !== undefined) return tuner.bench;
    this.begin(tuner);
    const made = await this.begun.get(tuner) ?? await this.stall.until(() => this.make(tuner));
    if (made.ok) {
      tuner.bench = made.value;
      made.value.prepare();
      return made.value;
    }
    const problem = `task ${tuner.task.name} cannot be tuned: ${made.error.message}`;
    if (made.error.kind === 'runner') throw new SessionError(problem);
    tuner.problem = problem;
    this.warn(tuner.task.key, problem);
    return undefined;
  }

  /** Benches that nobody asked for in the end. */
  async settle(): Promise<void> {
    for (const [tuner, made] of this.begun) {
      const bench = tuner.bench === undefined ? await made.catch(() => undefined) : undefined;
      if (bench?.ok === true) tuner.bench = bench.value;
    }
  }

  private async make(tuner: TaskTuner): Promise<Made> {
    const made = await TaskBench.create(this.run.backend, tuner.task.dag, this.run.options.seed, this.ids);
    if (!made.ok && made.error.kind === 'runner' && made.error.mendable === true) throw new SessionError(`programs cannot be built: ${made.error.message}`, {}, false, true);
    return made;
  }
}
