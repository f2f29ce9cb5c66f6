/** The cost model of a session: one for all tasks, trained again after each round on everything measured. */
import type { Rng } from '../../base/rng.js';
import { DEFAULT_GBDT, trainGbdt } from '../../cost-model/gbdt.js';
import type { CostModel } from '../../cost-model/model.js';
import { createRandomModel } from '../../cost-model/random-model.js';
import { SampleStore } from '../../cost-model/samples.js';
import { extractFeatures } from '../../features/extract.js';
import { lower } from '../../lower/lower.js';
import { FAILED_COST } from '../../records/best.js';
import { replay } from '../../schedule/apply.js';
import { ScheduleError } from '../../schedule/step.js';
import type { Backend } from '../backend.js';
import type { TaskTuner } from './task-tuner.js';

/** Programs below which a model says nothing. */
const MIN_SAMPLES = 8;

export class Learner {
  private readonly samples = new SampleStore();
  private current: CostModel;
  private trainings = 0;

  constructor(private readonly rng: Rng) {
    this.current = createRandomModel(rng.fork());
  }

  get model(): CostModel {
    return this.current;
  }

  /** False: the model's scores are random numbers. */
  get trained(): boolean {
    return this.trainings > 0;
  }

  add(task: string, features: Float32Array, seconds: number | undefined): void {
    this.samples.add(task, features, seconds ?? FAILED_COST);
  }

  train(): void {
    if (this.samples.count < MIN_SAMPLES) return;
    this.current = trainGbdt(this.samples.trainingSamples(), DEFAULT_GBDT, this.rng.fork(), ++this.trainings);
  }

  /** Learns from what was known when the session began. */
  learnLog(tuners: readonly TaskTuner[], backend: Backend): void {
    for (const t of tuners) {
      for (const { steps, seconds } of t.known) {
        try {
          this.add(t.task.key, extractFeatures(lower(replay(t.task.dag, steps), { constantMatrices: 'one' }), backend.hardware), seconds);
        } catch (e) {
          if (!(e instanceof ScheduleError)) throw e;
        }
      }
    }
    this.train();
  }
}
