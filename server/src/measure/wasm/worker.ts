/** One worker thread of the wasm runner: instantiates each module on the shared memory and runs its share of parallel loops. */
import { parentPort } from 'node:worker_threads';
import { mathImports } from '../../target/wasm/math.js';
import { CONTROL, LEAVE, type WorkerStart } from './messages.js';

/** Looks before going to sleep. */
const SPINS = 200_000;

/** Serves parallel loops until told to leave. */
export function serveLoops(control: Int32Array, worker: number, bodies: (index: number) => (...args: number[]) => void, seenEpoch: number): void {
  let seen = seenEpoch;
  for (;;) {
    let epoch = Atomics.load(control, CONTROL.epoch);
    for (let i = 0; epoch === seen && i < SPINS; i++) epoch = Atomics.load(control, CONTROL.epoch);
    if (epoch === seen) {
      Atomics.wait(control, CONTROL.epoch, seen);
      continue;
    }
    seen = epoch;
    const body = Atomics.load(control, CONTROL.body);
    if (body === LEAVE) {
      Atomics.add(control, CONTROL.done, 1);
      Atomics.notify(control, CONTROL.done);
      return;
    }
    const word = (i: number): number => Atomics.load(control, i);
    const n = word(CONTROL.count);
    const threads = word(CONTROL.threads);
    try {
      bodies(body)(word(CONTROL.tensors), word(CONTROL.workspace), word(CONTROL.closure), Math.floor((n * worker) / threads), Math.floor((n * (worker + 1)) / threads), worker);
    } catch {
      Atomics.store(control, CONTROL.failed, 1);
    }
    Atomics.add(control, CONTROL.done, 1);
    Atomics.notify(control, CONTROL.done);
  }
}

/** Entry of the thread. */
export function startWorker(): void {
  const port = parentPort;
  if (port === null) throw new Error('assertion failed: not a worker thread');
  port.on('message', (start: WorkerStart) => {
    const control = new Int32Array(start.memory.buffer);
    const epoch = Atomics.load(control, CONTROL.epoch);
    const env = { memory: start.memory, ...mathImports(), now: () => NaN, parallel: () => { throw new Error('nested parallel loop'); } };
    const instance = new WebAssembly.Instance(start.module, { env });
    port.postMessage('ready');
    serveLoops(control, start.worker, (index) => exported(instance, `p${index}`), epoch);
  });
}

export function exported(instance: WebAssembly.Instance, name: string): (...args: number[]) => void {
  const f = instance.exports[name];
  if (typeof f !== 'function') throw new Error(`the module has no function ${name}`);
  return (...args) => { f(...args); };
}
