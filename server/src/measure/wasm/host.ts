/** The child process of the wasm runner: answers requests in order; a candidate that traps is an error, one that hangs is killed by the client. */
import os from 'node:os';
import v8 from 'node:v8';
import { Worker } from 'node:worker_threads';
import { err, ok } from '../../base/result.js';
import { unreachable } from '../../base/assert.js';
import type { Comparison, RunReport, TensorSpec, Timing } from '../interface.js';
import type { MeasureError } from '../errors.js';
import { elementsOf } from './elements.js';
import { MAX_PAGES, type Envelope, type HostAnswer, type HostRequest, type RunAnswer, type RunBody } from './messages.js';
import { fillRandom, WasmSession, WorkerPool } from './session.js';
import { RELAXED_PROBE } from '../../target/wasm/relaxed-probe.js';


export function relaxedSimd(): boolean {
  // Node 20 has it behind a flag that must be set before the first module is compiled.
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(RELAXED_PROBE);
}

class Host {
  private readonly stored = new Map<number, Uint8Array>();
  private readonly open = new Map<number, { readonly session: WasmSession; readonly pool: WorkerPool }>();
  private readonly pool = new WorkerPool();
  private nextHandle = 1;

  async answer(q: HostRequest): Promise<HostAnswer> {
    switch (q.kind) {
      case 'info': return { kind: 'info', relaxedSimd: relaxedSimd(), info: info() };
      case 'run': return { kind: 'run', ...(await this.run(q.run)) };
      case 'store': this.stored.set(q.id, q.data.slice()); return { kind: 'done' };
      case 'storeRandom': {
        const data = new Uint8Array(q.bytes);
        fillRandom(data, q.dtype, q.seed, q.low, q.high);
        this.stored.set(q.id, data);
        return { kind: 'done' };
      }
      case 'read': {
        const data = this.stored.get(q.id);
        if (data === undefined) return failure(`no buffer ${q.id}`);
        return { kind: 'bytes', data: data.slice(q.offset, q.offset + q.bytes) };
      }
      case 'drop': this.stored.delete(q.id); return { kind: 'done' };
      case 'open': {
        // Functions that stay loaded have threads of their own: those of `pool` wait inside the module that runs.
        const pool = new WorkerPool();
        const session = await WasmSession.open(q.run, this.stored, pool);
        this.open.set(this.nextHandle, { session, pool });
        return { kind: 'handle', handle: this.nextHandle++ };
      }
      case 'call': {
        const open = this.open.get(q.handle);
        return open === undefined ? failure(`no open function ${q.handle}`) : call(open.session, q.timing);
      }
      case 'tensor': {
        const open = this.open.get(q.handle);
        return open === undefined ? failure(`no open function ${q.handle}`) : { kind: 'bytes', data: new Uint8Array(open.session.bytes(q.position)) };
      }
      case 'close': {
        const open = this.open.get(q.handle);
        this.open.delete(q.handle);
        open?.session.close();
        await open?.pool.end();
        return { kind: 'done' };
      }
      default: return unreachable(q);
    }
  }

  private async run(q: RunBody): Promise<RunAnswer> {
    const start = performance.now();
    const wall = (): number => (performance.now() - start) / 1000;
    let session: WasmSession;
    try {
      session = await WasmSession.open(q, this.stored, this.pool);
    } catch (e) {
      return { result: err({ kind: 'load', message: text(e) }), report: undefined, wallSeconds: wall() };
    }
    try {
      const first = session.warmUp(q.timing);
      const timed = first === undefined ? session.time(q.timing) : { seconds: [first], number: 1, stoppedEarly: q.timing.repeats > 1 };
      const report: RunReport = {
        ...timed,
        comparisons: q.tensors.flatMap((t, i) => (t.compare === undefined ? [] : [this.compare(t, session.bytes(i), i)])),
        samples: q.tensors.map((t, i) => sample(t, session.bytes(i))),
      };
      q.tensors.forEach((t, i) => {
        if (t.keep !== undefined) this.stored.set(t.keep, new Uint8Array(session.bytes(i)));
      });
      const wrong = report.comparisons.find((c) => c.mismatches > 0);
      const error: MeasureError | undefined = wrong && {
        kind: 'wrong-result',
        message: `${wrong.mismatches} elements of tensor ${wrong.tensor} differ, the first at ${wrong.first?.index ?? 0}: ${wrong.first?.got ?? ''} instead of ${wrong.first?.expected ?? ''}`,
      };
      return { result: error === undefined ? ok(report) : err(error), report, wallSeconds: wall() };
    } catch (e) {
      return { result: err({ kind: 'crash', signal: '', stage: 'run', message: text(e) }), report: undefined, wallSeconds: wall() };
    } finally {
      session.close();
    }
  }

  private compare(t: TensorSpec, bytes: Uint8Array, tensor: number): Comparison {
    const { compare } = t;
    const reference = compare === undefined ? undefined : this.stored.get(compare.buffer);
    if (compare === undefined || reference === undefined || reference.length !== bytes.length) throw new RangeError('the reference of a comparison is missing or has another size');
    const got = elementsOf(bytes, t.dtype);
    const expected = elementsOf(reference, t.dtype);
    let mismatches = 0;
    let maxAbs = 0;
    let first: Comparison['first'];
    for (let i = 0; i < got.length; i++) {
      const [g, x] = [got[i] ?? NaN, expected[i] ?? NaN];
      const d = Math.abs(g - x);
      if (d > maxAbs) maxAbs = d;
      if (d <= compare.atol + compare.rtol * Math.abs(x) || Object.is(g, x) || g === x) continue;
      mismatches++;
      first ??= { index: i, got: g, expected: x };
    }
    return { tensor, mismatches, maxAbs, first };
  }
}

function sample(t: TensorSpec, bytes: Uint8Array): number[] {
  if (t.samples === undefined || t.samples.length === 0) return [];
  const all = elementsOf(bytes, t.dtype);
  return t.samples.map((i) => all[i] ?? NaN);
}

function call(session: WasmSession, timing: Timing): HostAnswer {
  try {
    return { kind: 'seconds', seconds: session.time(timing).seconds };
  } catch (e) {
    return { kind: 'error', error: { kind: 'crash', signal: '', stage: 'call', message: text(e) } };
  }
}

function failure(message: string): HostAnswer {
  return { kind: 'error', error: { kind: 'runner', message } };
}

function text(e: unknown): string {
  return e instanceof Error ? e.message : String(e);
}

function info(): Extract<HostAnswer, { kind: 'info' }>['info'] {
  const cores = os.availableParallelism();
  return {
    cores, physicalCores: cores, cacheFlush: 'slow', cacheLineBytes: 64, memoryBytes: Math.min(os.totalmem(), MAX_PAGES * 65536), os: os.platform(), arch: 'wasm32',
    cpu: os.cpus()[0]?.model ?? '', features: relaxedSimd() ? ['simd128', 'relaxed-simd', 'threads'] : ['simd128', 'threads'],
  };
}

/** Entry of the process: one request at a time, in order. */
export function startHost(): void {
  // Ctrl-C in a terminal reaches all processes; the session decides what becomes of it.
  process.on('SIGINT', () => undefined);
  endWithParent();
  // Only the optimising compiler: with tiers, a candidate would be timed in the baseline compiler's code until V8 finds it hot.
  v8.setFlagsFromString('--no-liftoff');
  relaxedSimd();
  const host = new Host();
  let queue: Promise<void> = Promise.resolve();
  process.on('message', (m: Envelope<HostRequest>) => {
    queue = queue.then(async () => {
      const body = await host.answer(m.body).catch((e: unknown): HostAnswer => ({ kind: 'error', error: { kind: 'load', message: text(e) } }));
      process.send?.({ id: m.id, body } satisfies Envelope<HostAnswer>);
    });
  });
  process.on('disconnect', () => process.exit(0));
}

/** A candidate keeps the main thread busy, so that it would not notice: a thread of its own looks whether the parent still lives. */
function endWithParent(): void {
  const watch = `const { ppid, pid, kill } = process;
    const lives = () => { try { kill(ppid, 0); return process.ppid === ppid; } catch (e) { return e.code === 'EPERM'; } };
    setInterval(() => { if (!lives()) kill(pid, 'SIGKILL'); }, 500);`;
  new Worker(watch, { eval: true }).unref();
}
