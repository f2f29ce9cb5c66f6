/**
 * The device gate (design, section 3): while a timed section runs, nothing else of ours runs on the device's cores.
 * Compilers are paused (stopped and continued by signal), cooperative work (search, training) waits between its units, and
 * worker threads wait on a shared word. One timed section at a time. What others lost by it is accounted for.
 */
import { assert } from '../base/assert.js';

/** Something that can be stopped from outside at any moment, e.g. a compiler's process group. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

export interface GateReport {
  readonly sections: number;
  /** Seconds inside timed sections. */
  readonly timedSeconds: number;
  /** Seconds that compilers and cooperative work stood still because of timed sections, all together. */
  readonly lostSeconds: number;
  /** Seconds that timed sections waited for cooperative work to reach a pause. */
  readonly waitedSeconds: number;
}

/** Words of the shared memory: 1 while a section is timed; then one for each thread, 1 while it works. */
export const CLOSED = 0;
const MOST_THREADS = 16;

/** A thread's place at the gate, of which it makes a `GatePort`. */
export interface GateSeat { readonly memory: SharedArrayBuffer; readonly word: number }

export class DeviceGate {
  private readonly memory = new SharedArrayBuffer(4 * (1 + MOST_THREADS));
  private readonly shared = new Int32Array(this.memory);
  private readonly seats = new Set<number>();
  private readonly pausables = new Set<Pausable>();
  /** The end of the last section that was asked for: sections queue up behind each other. */
  private tail: Promise<unknown> = Promise.resolve();
  private queued = 0;
  private timing = false;
  private reopened: Promise<void> = Promise.resolve();
  private working = 0;
  private idle: (() => void) | undefined;
  private sections = 0;
  private timedMs = 0;
  private lostMs = 0;
  private waitedMs = 0;

  /**
   * `exclusive` false: the device has cores of its own (another machine), so sections only queue up behind each other.
   * `now` gives milliseconds.
   */
  constructor(private readonly exclusive = true, private readonly now: () => number = () => performance.now()) {}

  /** Runs a section alone on the device; sections run in the order asked. */
  timed<T>(section: () => Promise<T>): Promise<T> {
    this.queued++;
    const run = this.tail.then(() => this.runSection(section));
    this.tail = run.catch(() => undefined);
    return run;
  }

  private async runSection<T>(section: () => Promise<T>): Promise<T> {
    let open: () => void = () => undefined;
    const asked = this.now();
    if (this.exclusive) {
      this.timing = true;
      this.reopened = new Promise((resolve) => { open = resolve; });
      Atomics.store(this.shared, CLOSED, 1);
      for (const p of this.pausables) p.pause();
      await this.quiet();
    }
    const start = this.now();
    try {
      return await section();
    } finally {
      const end = this.now();
      this.queued--;
      this.sections++;
      this.timedMs += end - start;
      this.waitedMs += start - asked;
      if (this.exclusive) {
        this.lostMs += (end - asked) * this.pausables.size;
        for (const p of this.pausables) p.resume();
        this.timing = false;
        Atomics.store(this.shared, CLOSED, 0);
        Atomics.notify(this.shared, CLOSED);
        open();
      }
    }
  }

  /** Until no cooperative work runs. */
  private async quiet(): Promise<void> {
    if (this.working > 0) await new Promise<void>((resolve) => { this.idle = resolve; });
    for (const word of this.seats) while (Atomics.load(this.shared, word) !== 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Registers something to pause; call what is returned when it has ended. If a section is running, it is paused at once. */
  register(p: Pausable): () => void {
    if (!this.exclusive) return () => undefined;
    this.pausables.add(p);
    if (this.timing) p.pause();
    return () => { this.pausables.delete(p); };
  }

  /** One unit of cooperative work (a few ms): waits until no section is timed, and keeps sections waiting while it runs. */
  async work<T>(unit: () => T | Promise<T>): Promise<T> {
    // The last look at `timing` and the count are one step: no section can begin between them.
    while (this.timing) await this.pass();
    this.working++;
    try {
      return await unit();
    } finally {
      if (--this.working === 0) {
        this.idle?.();
        this.idle = undefined;
      }
    }
  }

  /** Waits while a section is timed. */
  async pass(): Promise<void> {
    if (!this.timing) return;
    const from = this.now();
    while (this.timing) await this.reopened;
    this.lostMs += this.now() - from;
  }

  /** A place for a worker thread. */
  join(): GateSeat {
    const word = Array.from({ length: MOST_THREADS }, (_, i) => i + 1).find((w) => !this.seats.has(w));
    assert(word !== undefined, `a gate has room for ${MOST_THREADS} threads`);
    this.seats.add(word);
    return { memory: this.memory, word };
  }

  /** The thread ended, perhaps within a unit of its work: sections do not wait for it. */
  leave({ word }: GateSeat): void {
    Atomics.store(this.shared, word, 0);
    this.seats.delete(word);
  }

  /** Sections running or waiting. */
  get pending(): number {
    return this.queued;
  }

  report(): GateReport {
    return { sections: this.sections, timedSeconds: this.timedMs / 1000, lostSeconds: this.lostMs / 1000, waitedSeconds: this.waitedMs / 1000 };
  }
}
