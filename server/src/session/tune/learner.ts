/**
 * The cost model of a session: one for all tasks, trained again after each round on everything measured, in the background. Who asks for
 * the model gets the one that has learnt all that was told before, whichever thread was faster: equal seeds give equal sessions.
 */
import type { Rng } from '../../base/rng.js';
import type { CostModel } from '../../cost-model/model.js';
import { createRandomModel } from '../../cost-model/random-model.js';
import { SampleStore } from '../../cost-model/samples.js';
import { extractFeatures } from '../../features/extract.js';
import { lower } from '../../lower/lower.js';
import { FAILED_COST } from '../../records/best.js';
import { replay } from '../../schedule/apply.js';
import { ScheduleError, type TransformStep } from '../../schedule/step.js';
import type { Backend } from '../backend.js';
import { Fingerprint, ModelFile } from './model-file.js';
import type { TaskTuner } from './task-tuner.js';
import { Trainer } from './trainer.js';

/** Programs below which a model says nothing. */
const MIN_SAMPLES = 8;
/** Programs of the log that are looked at between two pauses. */
const SLICE = 16;

type KnownTask = Pick<TaskTuner, 'task' | 'known'>;
type LearnerBackend = Pick<Backend, 'programDir' | 'gate' | 'targetText' | 'hardware'>;

interface Unread { readonly tuner: KnownTask; readonly steps: readonly TransformStep[]; readonly seconds: number | undefined }

interface Told { readonly task: string; readonly features: Float32Array; readonly seconds: number | undefined }

/** One training: what is new since the one before. */
interface Lesson { readonly seed: number; readonly version: number; readonly told: readonly Told[]; readonly fingerprint: string; readonly programs: number }

export class Learner {
  private readonly samples = new SampleStore();
  private readonly trainer: Trainer;
  private readonly file: ModelFile;
  private readonly fingerprint: Fingerprint;
  private ready: Promise<CostModel>;
  private trainings = 0;
  private learntFrom = 0;
  /** Programs of the log whose features nobody needed yet. */
  private unread: readonly Unread[] = [];
  /** Measured since the last `train`. */
  private told: Told[] = [];

  /** `spent` is told the seconds of each training. */
  constructor(private readonly rng: Rng, private readonly backend: LearnerBackend, log: string, private readonly pass: () => Promise<void>, private readonly spent: (seconds: number) => void) {
    this.trainer = new Trainer(backend.programDir, backend.gate);
    this.file = new ModelFile(log);
    this.fingerprint = new Fingerprint(backend.targetText, backend.hardware);
    this.ready = Promise.resolve(createRandomModel(rng.fork()));
  }

  /** The model that has learnt all that was told before the last `train`. */
  get model(): Promise<CostModel> {
    return this.ready;
  }

  /** False: the model's scores are random numbers. */
  get trained(): boolean {
    return this.trainings > 0;
  }

  /** Programs that the last model has learnt from. */
  get taught(): number {
    return this.learntFrom;
  }

  add(task: string, steps: readonly TransformStep[], features: Float32Array, seconds: number | undefined): void {
    this.told.push({ task, features, seconds });
    this.fingerprint.add(task, JSON.stringify(steps), seconds === undefined);
  }

  /** Begins a training on everything told so far. */
  train(): void {
    const seed = this.rng.fork().u32();
    if (this.fingerprint.count < MIN_SAMPLES) return;
    const { told, fingerprint } = this;
    this.told = [];
    this.learntFrom = fingerprint.count;
    this.ready = this.taughtBy({ seed, version: ++this.trainings, told, fingerprint: fingerprint.text(), programs: fingerprint.count }, this.ready);
    // Whoever asks for the model hears of a failure.
    this.ready.catch(() => undefined);
  }

  private async taughtBy({ seed, version, told, fingerprint, programs }: Lesson, before: Promise<CostModel>): Promise<CostModel> {
    await before;
    await this.readLog();
    for (const { task, features, seconds } of told) this.samples.add(task, features, seconds ?? FAILED_COST);
    const { model, seconds } = await this.trainer.train({ samples: this.samples.trainingSamples(), seed, version });
    this.spent(seconds);
    this.file.save(model, { text: fingerprint, programs });
    return model;
  }

  /** The log, which has one session at a time, is this one's now. */
  begin(): void {
    this.file.sweep();
  }

  /** Learns from what was known when the session began: takes the model that was kept beside the log if it has learnt just that, else trains. */
  learnLog(tuners: readonly KnownTask[]): void {
    this.unread = tuners.flatMap((tuner) => tuner.known.map(({ steps, seconds }) => ({ tuner, steps, seconds })));
    for (const { tuner, steps, seconds } of this.unread) this.fingerprint.add(tuner.task.key, JSON.stringify(steps), seconds === undefined);
    const kept = this.unread.length < MIN_SAMPLES ? undefined : this.file.load(this.fingerprint);
    if (kept === undefined) return this.train();
    this.trainings = kept.version;
    this.learntFrom = this.unread.length;
    this.ready = Promise.resolve(kept);
  }

  private async readLog(): Promise<void> {
    const { unread } = this;
    this.unread = [];
    for (const [i, { tuner: { task }, steps, seconds }] of unread.entries()) {
      try {
        this.samples.add(task.key, extractFeatures(lower(replay(task.dag, steps), { constantMatrices: 'one' }), this.backend.hardware), seconds ?? FAILED_COST);
      } catch (e) {
        if (!(e instanceof ScheduleError)) throw e;
      }
      if (i % SLICE === SLICE - 1) await this.pass();
    }
  }

  async close(): Promise<void> {
    await this.trainer.close();
  }
}
