/**
 * The wasm runner: the `Runner` interface over a child process that hosts the worker threads and the shared memory. The child is started from
 * this program's own executable, so that inside an editor no `node` is needed on the path.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { err, ok, type Result } from '../../base/result.js';
import { cleanEnvironment } from '../../target/clean-environment.js';
import type { MeasureError } from '../errors.js';
import type { BufferId, OpenFunction, Runner, RunnerInfo, RunOutcome, RunRequest, Timing } from '../interface.js';
import type { Envelope, HostAnswer, HostRequest } from './messages.js';

const START_SECONDS = 30;
/** Whoever closes the client waits so long for what is running. */
const CLOSE_MS = 200;
/** For what a process that ended had kept. */
const AGAIN_SECONDS = 120;

interface Pending { readonly resolve: (a: HostAnswer) => void; readonly timer: NodeJS.Timeout }

export interface WasmRunnerOptions {
  /** Path of the bundled child program (`wasm-host.cjs`). */
  readonly program: string;
}

export class WasmRunner implements Runner {
  private child: ChildProcess | undefined;
  private readonly pending = new Map<number, Pending>();
  private readonly kept = new Map<BufferId, HostRequest>();
  private nextId = 1;
  private queue: Promise<unknown> = Promise.resolve();
  private stderr = '';
  private generation = 0;
  private closed = false;

  constructor(private readonly options: WasmRunnerOptions) {}

  async info(): Promise<Result<RunnerInfo, MeasureError>> {
    const a = await this.ask({ kind: 'info' }, START_SECONDS);
    return a.kind === 'info' ? ok(a.info) : err(errorOf(a));
  }

  async run(q: RunRequest): Promise<RunOutcome> {
    const start = performance.now();
    const { artifact, tensors, threads, timing } = q;
    const a = await this.ask({ kind: 'run', run: { artifact, tensors, threads, timing } }, q.timeoutSeconds);
    if (a.kind === 'run' && a.report !== undefined) {
      // How to make kept outputs again, should the process have to be started again.
      for (const t of tensors) if (t.keep !== undefined) this.kept.set(t.keep, { kind: 'run', run: { artifact, tensors, threads, timing: { ...timing, repeats: 0 } } });
    }
    if (a.kind === 'run') return { result: a.result, report: a.report, wallSeconds: a.wallSeconds, stealTicks: 0 };
    return { result: err(errorOf(a)), report: undefined, wallSeconds: (performance.now() - start) / 1000, stealTicks: 0 };
  }

  async store(id: BufferId, data: Uint8Array): Promise<Result<void, MeasureError>> {
    return this.keep(id, { kind: 'store', id, data });
  }

  async storeRandom(id: BufferId, spec: Parameters<Runner['storeRandom']>[1]): Promise<Result<void, MeasureError>> {
    return this.keep(id, { kind: 'storeRandom', id, ...spec });
  }

  async read(id: BufferId, offset: number, bytes: number): Promise<Result<Uint8Array, MeasureError>> {
    const a = await this.ask({ kind: 'read', id, offset, bytes }, START_SECONDS);
    return a.kind === 'bytes' ? ok(a.data) : err(errorOf(a));
  }

  async drop(id: BufferId): Promise<void> {
    this.kept.delete(id);
    await this.ask({ kind: 'drop', id }, START_SECONDS);
  }

  async open(q: Parameters<Runner['open']>[0]): Promise<Result<OpenFunction, MeasureError>> {
    const { artifact, tensors, threads } = q;
    const a = await this.ask({ kind: 'open', run: { artifact, tensors, threads } }, q.timeoutSeconds);
    if (a.kind !== 'handle') return err(errorOf(a));
    const { handle } = a;
    return ok({
      call: async (timing: Timing, timeoutSeconds: number) => {
        const r = await this.ask({ kind: 'call', handle, timing }, timeoutSeconds);
        return r.kind === 'seconds' ? ok(r.seconds) : err(errorOf(r));
      },
      tensor: async (position: number) => {
        const r = await this.ask({ kind: 'tensor', handle, position }, START_SECONDS);
        return r.kind === 'bytes' ? ok(r.data) : err(errorOf(r));
      },
      close: async () => {
        await this.ask({ kind: 'close', handle }, START_SECONDS);
      },
    });
  }

  async close(patienceMs = CLOSE_MS): Promise<void> {
    this.closed = true;
    const patience = setTimeout(() => {
      if (this.child !== undefined) this.stop(this.child);
    }, patienceMs);
    await this.queue.catch(() => undefined);
    clearTimeout(patience);
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  }

  private async keep(id: BufferId, q: HostRequest): Promise<Result<void, MeasureError>> {
    const a = await this.ask(q, START_SECONDS);
    if (a.kind !== 'done') return err(errorOf(a));
    this.kept.set(id, q);
    return ok(undefined);
  }

  /** One request after another: the child is single-threaded between parallel loops. */
  private ask(body: HostRequest, timeoutSeconds: number): Promise<HostAnswer> {
    const result = this.queue.then(async (): Promise<HostAnswer> => {
      if (this.closed) return { kind: 'error', error: { kind: 'runner', message: 'the runner is closed' } };
      if (this.child === undefined) {
        this.start();
        for (const q of this.kept.values()) {
          if (q.kind === 'run') await q.run.artifact.restore?.();
          const again = await this.send(q, AGAIN_SECONDS);
          if (again.kind === 'error' || (again.kind === 'run' && !again.result.ok)) {
            const message = again.kind === 'error' ? again.error.message : again.result.ok ? '' : again.result.error.message;
            if (this.child !== undefined) this.stop(this.child);
            return { kind: 'error', error: { kind: 'runner', message: `a buffer could not be made again: ${message}` } };
          }
        }
      }
      return this.send(body, timeoutSeconds);
    });
    this.queue = result.catch(() => undefined);
    return result;
  }

  private send(body: HostRequest, timeoutSeconds: number): Promise<HostAnswer> {
    const { child } = this;
    if (child === undefined) return Promise.resolve(lost(this.stderr));
    const id = this.nextId++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.pending.delete(id);
        this.stop(child);
        resolve({ kind: 'error', error: { kind: 'run-timeout', seconds: timeoutSeconds, message: `no result after ${timeoutSeconds} s` } });
      }, timeoutSeconds * 1000);
      this.pending.set(id, { resolve, timer });
      child.send({ id, body: sendable(body) } satisfies Envelope<HostRequest>, (e) => {
        if (e !== null) this.stop(child);
      });
    });
  }

  private start(): void {
    this.stderr = '';
    const generation = ++this.generation;
    const child = fork(this.options.program, [], {
      serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { ...cleanEnvironment(), ELECTRON_RUN_AS_NODE: '1' },
      execArgv: ['--experimental-wasm-relaxed-simd'].filter(() => Number(process.versions.node.split('.')[0]) < 22),
    });
    this.child = child;
    child.stderr?.on('data', (d: Buffer) => {
      this.stderr = (this.stderr + d.toString()).slice(-2000);
    });
    child.on('message', (m: Envelope<HostAnswer>) => {
      const waiting = this.pending.get(m.id);
      if (waiting === undefined) return;
      this.pending.delete(m.id);
      clearTimeout(waiting.timer);
      waiting.resolve(m.body);
    });
    child.on('error', (e) => {
      this.stderr += e.message;
      this.failAll(generation);
    });
    child.on('exit', (_code, signal) => this.failAll(generation, signal ?? ''));
  }

  private stop(child: ChildProcess): void {
    if (this.child === child) this.child = undefined;
    child.kill('SIGKILL');
  }

  private failAll(generation: number, signal = ''): void {
    if (generation !== this.generation) return;
    this.child = undefined;
    for (const [id, p] of this.pending) {
      clearTimeout(p.timer);
      p.resolve(lost(this.stderr, signal));
      this.pending.delete(id);
    }
  }
}

/** Functions cannot be sent. */
function sendable(body: HostRequest): HostRequest {
  if (body.kind !== 'run' && body.kind !== 'open') return body;
  const { restore, ...artifact } = body.run.artifact;
  return restore === undefined ? body : body.kind === 'run' ? { ...body, run: { ...body.run, artifact } } : { ...body, run: { ...body.run, artifact } };
}

/** Signals by which others end a process: no program in WebAssembly can raise them. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT']);

function lost(stderr: string, signal = ''): HostAnswer {
  if (FROM_OUTSIDE.has(signal)) return { kind: 'error', error: { kind: 'runner', message: `the process that ran it was ended from outside (${signal})` } };
  return { kind: 'error', error: { kind: 'crash', signal, stage: 'run', message: `the process that ran it ended${signal === '' ? '' : ` (${signal})`}${stderr === '' ? '' : `: ${stderr.trim().split('\n')[0] ?? ''}`}` } };
}

function errorOf(a: HostAnswer): MeasureError {
  return a.kind === 'error' ? a.error : { kind: 'runner', message: `unexpected answer ${a.kind}` };
}
