/**
 * Trains cost models in a thread of its own, so that drawing programs, building and running go on meanwhile; while a timed section runs, it
 * waits at the gate between two trees. Where no thread can be had, training is done here: the model is the same.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { createRng } from '../../base/rng.js';
import { DEFAULT_GBDT, trainGbdt } from '../../cost-model/gbdt.js';
import { GbdtModel } from '../../cost-model/gbdt-model.js';
import type { Forest } from '../../cost-model/forest.js';
import type { TrainingSamples } from '../../cost-model/model.js';
import type { DeviceGate, GateSeat } from '../../measure/gate.js';
import { GatePort } from '../../measure/gate-port.js';

export interface Training { readonly samples: TrainingSamples; readonly seed: number; readonly version: number }

export interface Trained {
  readonly model: GbdtModel;
  /** Work, without what the gate took. */
  readonly seconds: number;
}

/** What the thread answers: the model in parts, as classes do not travel. */
export interface TrainedParts { readonly forest: Forest; readonly baseScore: number; readonly seconds: number }

/** The thread's start. */
export interface TrainerData { readonly seat: GateSeat }

export const TRAINER_PROGRAM = 'trainer.cjs';

/** `unit` runs a part of the work of some ms. */
export function trainOnce({ samples, seed, version }: Training, unit: <T>(work: () => T) => T = (work) => work()): Trained {
  let seconds = 0;
  const timed = <T>(work: () => T): T => unit(() => {
    const from = performance.now();
    const result = work();
    seconds += (performance.now() - from) / 1000;
    return result;
  });
  const model = trainGbdt(samples, DEFAULT_GBDT, createRng(seed), version, timed);
  return { model, seconds };
}

/** The thread's side. */
export function answerTraining(training: Training, { seat }: TrainerData): TrainedParts {
  const port = new GatePort(seat);
  const { model: { forest, baseScore }, seconds } = trainOnce(training, (work) => port.unit(work));
  return { forest, baseScore, seconds };
}

export class Trainer {
  private worker: Worker | undefined;
  private seat: GateSeat | undefined;
  private failed = false;
  private closed = false;
  /** One training after the other. */
  private last: Promise<unknown> = Promise.resolve();

  /** `programDir`: folder of the bundled programs. */
  constructor(private readonly programDir: string, private readonly gate: DeviceGate) {}

  train(training: Training): Promise<Trained> {
    const next = this.last.then(() => this.inThread(training)).then((parts) => {
      if (this.closed) throw new Error('the session is over');
      if (parts === undefined) return this.gate.work(() => trainOnce(training));
      return { model: new GbdtModel(parts.forest, parts.baseScore, training.version), seconds: parts.seconds };
    });
    this.last = next.catch(() => undefined);
    return next;
  }

  /** Undefined: the thread cannot be had, or died. */
  private async inThread(training: Training): Promise<TrainedParts | undefined> {
    const worker = this.thread();
    if (worker === undefined) return undefined;
    return new Promise((resolve) => {
      const settle = (parts: TrainedParts | undefined): void => {
        worker.off('message', answered);
        worker.off('error', lost);
        worker.off('exit', lost);
        if (!this.closed) worker.unref();
        resolve(parts);
      };
      const answered = (parts: TrainedParts): void => settle(parts);
      const lost = (): void => {
        this.lose();
        settle(undefined);
      };
      worker.ref();
      worker.once('message', answered);
      worker.once('error', lost);
      worker.once('exit', lost);
      worker.postMessage(training);
    });
  }

  private thread(): Worker | undefined {
    if (this.failed || this.closed) return undefined;
    if (this.worker !== undefined) return this.worker;
    const program = path.join(this.programDir, TRAINER_PROGRAM);
    if (!existsSync(program)) {
      this.failed = true;
      return undefined;
    }
    this.seat = this.gate.join();
    const data: TrainerData = { seat: this.seat };
    this.worker = new Worker(program, { workerData: data });
    // An error between two trainings is found by the next one.
    this.worker.on('error', () => { this.lose(); });
    this.worker.on('exit', () => { this.lose(); });
    this.worker.unref();
    return this.worker;
  }

  /** It may have died inside the gate, for which timed sections would wait. */
  private lose(): void {
    this.failed = true;
    if (this.seat !== undefined) this.gate.leave(this.seat);
    this.seat = undefined;
  }

  /** Ends the thread; a training under way fails. */
  async close(): Promise<void> {
    this.closed = true;
    await this.worker?.terminate();
    this.lose();
  }
}
