/** A search that shares the machine: it stands still while a section is timed, and lets its process attend to other things. */
import type { GatePort } from '../../measure/gate-port.js';
import type { Pace } from '../../search/pace.js';

export class SharedPace implements Pace {
  /** `port`: of the thread that it has for itself; without one, `others` passes the gate. `others`: what else the process does gets its turn. */
  constructor(private readonly others: () => Promise<void>, private readonly port?: GatePort) {}

  /** A search, which works unless it waits. */
  async during<T>(search: () => Promise<T>): Promise<T> {
    await this.turn();
    try {
      return await search();
    } finally {
      this.port?.leave();
    }
  }

  turn(): Promise<void> {
    return this.wait(this.others());
  }

  async wait<T>(value: T | PromiseLike<T>): Promise<T> {
    this.port?.leave();
    try {
      return await value;
    } finally {
      this.port?.enter();
    }
  }
}
