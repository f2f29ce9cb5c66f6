/** A module set up to be called: tensors laid out in the shared memory, worker threads instantiated. Used by the child process only. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { visitRuns, type ElementOrder } from '../../ir/element-order.js';
import { randomElement } from '../fill.js';
import type { TensorSpec, Timing } from '../interface.js';
import { CLOSURE_BYTES } from '../../target/wasm/closure.js';
import { mathImports } from '../../target/wasm/math.js';
import { elementsOf } from './elements.js';
import { CONTROL, CONTROL_BYTES, LEAVE, MAX_PAGES, POINTER_BYTES, type RunBody, type WorkerStart } from './messages.js';
import { exported } from './worker.js';

const PAGE = 65536;
/** More than the last-level cache that one process can count on. */
const SCRATCH_WORDS = 12 << 20;
/** 32-bit words of a cache line. */
const LINE_WORDS = 16;
/** A first call that takes so many times `stopSeconds` is not the engine's fault. */
const HOPELESS = 4;
const align = (n: number): number => Math.ceil(n / 64) * 64;

/** Worker threads; they serve one module after another, and only one at a time. */
export class WorkerPool {
  private readonly workers: Worker[] = [];

  /** Gives the module to `count` workers, which then wait for its loops. If one fails, all are ended. */
  async start(count: number, module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<void> {
    while (this.workers.length < count) this.workers.push(new Worker(path.join(__dirname, 'wasm-worker.cjs')));
    try {
      await Promise.all(this.workers.slice(0, count).map((w, i) => ready(w, { module, memory, worker: i + 1 })));
    } catch (e) {
      await this.end();
      throw e;
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((w) => w.terminate()));
  }
}

function ready(w: Worker, start: WorkerStart): Promise<void> {
  return new Promise((resolve, reject) => {
    w.removeAllListeners();
    w.once('message', () => resolve());
    w.once('error', reject);
    w.postMessage(start);
  });
}

export class WasmSession {
  private readonly scratch = new Int32Array(SCRATCH_WORDS);

  private constructor(
    private readonly memory: WebAssembly.Memory, private readonly control: Int32Array, private readonly call: () => void,
    private readonly offsets: readonly number[], private readonly tensors: readonly TensorSpec[], private readonly threads: number) {}

  /** Loads the module. Throws what WebAssembly throws; `stored` finds kept buffers. */
  static async open(run: Omit<RunBody, 'timing'>, stored: ReadonlyMap<number, Uint8Array>, pool: WorkerPool): Promise<WasmSession> {
    const { workspace } = run.artifact;
    const offsets: number[] = [];
    let top = CONTROL_BYTES + POINTER_BYTES;
    for (const t of run.tensors) {
      offsets.push(top);
      top = align(top + t.bytes);
    }
    const workspaceAt = align(top + CLOSURE_BYTES);
    const bytes = workspaceAt + workspace.sharedBytes + run.threads * workspace.threadBytes;
    if (bytes > MAX_PAGES * PAGE) throw new RangeError(`needs ${bytes} bytes of memory, more than the ${MAX_PAGES * PAGE} of a WebAssembly runner`);
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE), maximum: MAX_PAGES, shared: true });
    const control = new Int32Array(memory.buffer);
    new Int32Array(memory.buffer, CONTROL_BYTES, offsets.length).set(offsets);
    run.tensors.forEach((t, i) => fill(new Uint8Array(memory.buffer, offsets[i], t.bytes), t, stored));
    const module = new WebAssembly.Module(new Uint8Array(readFileSync(run.artifact.file)));
    control[CONTROL.threads] = run.threads;
    const holder: { instance?: WebAssembly.Instance } = {};
    const parallel = (body: number, tensors: number, workspace: number, closure: number, n: number): void => {
      const main = holder.instance;
      if (main === undefined) throw new Error('not loaded');
      spread(control, main, run.threads, { body, tensors, workspace, closure, n });
    };
    const now = (): number => performance.now() / 1000;
    holder.instance = new WebAssembly.Instance(module, { env: { memory, ...mathImports(), now, parallel } });
    const kernel = exported(holder.instance, run.artifact.symbol);
    // Last: nothing may fail while workers wait for loops.
    if (run.threads > 1) await pool.start(run.threads - 1, module, memory);
    return new WasmSession(memory, control, () => kernel(CONTROL_BYTES, workspaceAt), offsets, run.tensors, run.threads);
  }

  /**
   * Calls once to let the engine optimise, and again until the times settle (at most 4 calls). Returns the seconds of the first call where that is so
   * slow that sections would do no better than `stopSeconds`.
   */
  warmUp({ repeats, stopSeconds }: Timing): number | undefined {
    let last = Infinity;
    for (let i = 0; i < 4; i++) {
      const t = performance.now();
      this.call();
      const now = performance.now() - t;
      if (i === 0 && repeats > 0 && stopSeconds > 0 && now > 1000 * HOPELESS * stopSeconds + 1) return now / 1000;
      if (i > 0 && now > last * 0.8) return undefined;
      last = now;
    }
    return undefined;
  }

  /** Seconds per call, one per section; true if a section was slower than `stopSeconds`. */
  time(timing: Timing): { seconds: number[]; number: number; stoppedEarly: boolean } {
    const seconds: number[] = [];
    let { number } = timing;
    for (let r = 0; r < timing.repeats; r++) {
      for (;;) {
        if (timing.flush) this.evict();
        const start = performance.now();
        for (let k = 0; k < number; k++) this.call();
        const elapsed = (performance.now() - start) / 1000;
        if (elapsed >= timing.minSeconds) {
          seconds.push(elapsed / number);
          break;
        }
        number = Math.max(Math.ceil((timing.minSeconds / Math.max(elapsed, 1e-9)) * number), Math.ceil(number * 1.6));
      }
      const last = seconds[seconds.length - 1] ?? 0;
      if (timing.stopSeconds > 0 && last > timing.stopSeconds && r + 1 < timing.repeats) return { seconds, number, stoppedEarly: true };
    }
    return { seconds, number, stoppedEarly: false };
  }

  /** WebAssembly cannot flush caches: other data, larger than they are, pushes the tensors out. */
  private evict(): void {
    const { scratch } = this;
    for (let i = 0; i < scratch.length; i += LINE_WORDS) scratch[i] = (scratch[i] ?? 0) + 1;
  }

  bytes(position: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, this.offsets[position] ?? 0, this.tensors[position]?.bytes ?? 0);
  }

  /** Sends the workers back to their message loop. */
  close(): void {
    if (this.threads > 1) dispatch(this.control, LEAVE, this.threads);
  }
}

function dispatch(control: Int32Array, body: number, threads: number, own: () => void = () => undefined): void {
  control[CONTROL.body] = body;
  Atomics.store(control, CONTROL.done, 0);
  Atomics.add(control, CONTROL.epoch, 1);
  Atomics.notify(control, CONTROL.epoch);
  own();
  for (let i = 0; i < 1_000_000; i++) if (Atomics.load(control, CONTROL.done) >= threads - 1) return;
  for (;;) {
    const done = Atomics.load(control, CONTROL.done);
    if (done >= threads - 1) return;
    Atomics.wait(control, CONTROL.done, done);
  }
}

interface Loop { readonly body: number; readonly tensors: number; readonly workspace: number; readonly closure: number; readonly n: number }

function spread(control: Int32Array, instance: WebAssembly.Instance, threads: number, loop: Loop): void {
  const { body, tensors, workspace, closure, n } = loop;
  const run = exported(instance, `p${body}`);
  if (threads === 1) {
    run(tensors, workspace, closure, 0, n, 0);
    return;
  }
  control[CONTROL.tensors] = tensors;
  control[CONTROL.workspace] = workspace;
  control[CONTROL.closure] = closure;
  control[CONTROL.count] = n;
  dispatch(control, body, threads, () => run(tensors, workspace, closure, 0, Math.floor(n / threads), 0));
  if (Atomics.load(control, CONTROL.failed) !== 0) throw new WebAssembly.RuntimeError('a worker thread trapped');
}

function fill(to: Uint8Array, spec: TensorSpec, stored: ReadonlyMap<number, Uint8Array>): void {
  const { fill: f } = spec;
  if (f.kind === 'poison') {
    to.fill(0xff);
  } else if (f.kind === 'stored') {
    const data = stored.get(f.buffer);
    if (data === undefined || data.length !== to.length) throw new RangeError(`kept buffer ${f.buffer} does not fit its tensor`);
    to.set(data);
  } else if (f.kind === 'random') {
    fillRandom(to, spec.dtype, f.seed, f.low, f.high, f.order);
  }
}

export function fillRandom(to: Uint8Array, dtype: TensorSpec['dtype'], seed: number, low: number, high: number, order?: ElementOrder): void {
  const view = elementsOf(to, dtype);
  visitRuns(order ?? [{ extent: view.length, step: 1 }], (at, from, run, step) => {
    for (let k = 0, i = from; k < run; k++, i += step) view[at + k] = randomElement(dtype, seed, low, high, i);
  });
}
