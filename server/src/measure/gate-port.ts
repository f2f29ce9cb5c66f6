/** A worker thread's side of the device gate: while a section is timed, the thread is blocked. */
import { CLOSED, type GateSeat } from './gate.js';

export class GatePort {
  private readonly shared: Int32Array;
  private readonly word: number;

  constructor({ memory, word }: GateSeat) {
    this.shared = new Int32Array(memory);
    this.word = word;
  }

  /** Waits until no section is timed, and keeps sections waiting until `leave`. */
  enter(): void {
    for (;;) {
      Atomics.wait(this.shared, CLOSED, 1);
      Atomics.store(this.shared, this.word, 1);
      // A section that began meanwhile may have seen the word before it was set.
      if (Atomics.load(this.shared, CLOSED) === 0) return;
      this.leave();
    }
  }

  leave(): void {
    Atomics.store(this.shared, this.word, 0);
  }

  /** One unit of work, some ms. */
  unit<T>(work: () => T): T {
    this.enter();
    try {
      return work();
    } finally {
      this.leave();
    }
  }
}
