/**
 * The client of the C runner: one request at a time, a runner that died is started again (with the buffers it kept), and
 * whatever happens is a typed error. Timed requests pass the device gate.
 */
import { err, ok, type Result } from '../base/result.js';
import type { DType } from '../ir/dtype.js';
import { cutMessage, type MeasureError } from './errors.js';
import type { DeviceGate } from './gate.js';
import type { BufferId, OpenFunction, Runner, RunnerInfo, RunOutcome, RunRequest, Timing } from './interface.js';
import { readHello, readRun, writeFunction, writeRun, writeTiming } from './run-codec.js';
import { RunnerConnection, type ConnectionError } from './runner-connection.js';
import { dtypeCode, MESSAGE, PayloadReader, PayloadWriter, WireError, type MessageType } from './wire.js';

export interface RunnerClientOptions {
  /** Program and arguments; any command that connects standard input and output to a runner will do. A function is asked before each start. */
  readonly command: readonly string[] | (() => Promise<readonly string[]>);
  readonly gate: DeviceGate;
  /** Called when a runner that had been working is started again. */
  readonly onRestart?: (why: string) => void;
}

type RandomBuffer = { readonly dtype: DType; readonly bytes: number; readonly seed: number; readonly low: number; readonly high: number };
/** How to make a kept buffer again. */
type Recipe = { readonly kind: 'data'; readonly data: Uint8Array } | { readonly kind: 'random'; readonly spec: RandomBuffer } | { readonly kind: 'run'; readonly request: RunRequest };

/** A kept buffer, or a tensor of an open function. */
type Readable = { readonly id: BufferId } | { readonly tensor: number; readonly handle: number };

const START_MS = 10_000;
/** Whoever closes the client waits so long for what is running. */
const CLOSE_MS = 200;
const ANSWER_MS = 60_000;
/** What the runner may need beyond a request's own time limit. */
const SLACK_MS = 5_000;
const CHUNK = 4 << 20;

export class RunnerClient implements Runner {
  private connection: RunnerConnection | undefined;
  private hello: RunnerInfo | undefined;
  private tail: Promise<unknown> = Promise.resolve();
  private readonly recipes = new Map<BufferId, Recipe>();
  private closed = false;

  constructor(private readonly options: RunnerClientOptions) {}

  /** The runner's process id while it runs. */
  get pid(): number | undefined {
    return this.connection?.alive === true ? this.connection.pid : undefined;
  }

  info(): Promise<Result<RunnerInfo, MeasureError>> {
    return this.alone(async () => {
      const started = await this.start();
      if (!started.ok) return started;
      return this.hello === undefined ? err<MeasureError>({ kind: 'runner', message: 'the runner did not introduce itself' }) : ok(this.hello);
    });
  }

  run(request: RunRequest): Promise<RunOutcome> {
    return this.alone(async () => {
      const started = await this.start();
      if (!started.ok) return failed(started.error);
      const send = (): Promise<RunOutcome> => this.sendRun(started.value, request);
      // What is not timed need not be alone.
      const outcome = await (request.timing.repeats === 0 ? send() : this.options.gate.timed(send));
      if (outcome.report !== undefined) this.remember(request);
      return outcome;
    });
  }

  store(id: BufferId, data: Uint8Array): Promise<Result<void, MeasureError>> {
    return this.keep(id, { kind: 'data', data });
  }

  storeRandom(id: BufferId, spec: RandomBuffer): Promise<Result<void, MeasureError>> {
    return this.keep(id, { kind: 'random', spec });
  }

  private keep(id: BufferId, recipe: Recipe): Promise<Result<void, MeasureError>> {
    return this.alone(async () => {
      const started = await this.start();
      if (!started.ok) return started;
      const made = await this.make(started.value, id, recipe);
      if (made.ok) this.recipes.set(id, recipe);
      return made;
    });
  }

  read(id: BufferId, offset: number, bytes: number): Promise<Result<Uint8Array, MeasureError>> {
    return this.alone(async () => {
      const started = await this.start();
      return started.ok ? this.readBytes(started.value, { id }, offset, bytes) : started;
    });
  }

  drop(id: BufferId): Promise<void> {
    return this.alone(async () => {
      this.recipes.delete(id);
      if (this.connection?.alive === true) await this.connection.request(MESSAGE.drop, new PayloadWriter().u32(id).finish(), ANSWER_MS);
    });
  }

  open(request: Pick<RunRequest, 'artifact' | 'tensors' | 'threads' | 'pin' | 'timeoutSeconds'>): Promise<Result<OpenFunction, MeasureError>> {
    return this.alone(async () => {
      const started = await this.start();
      if (!started.ok) return started;
      const at = started.value;
      const w = new PayloadWriter();
      writeFunction(w, request);
      const opened = await this.ask(at, MESSAGE.open, w, request.timeoutSeconds * 1000, 'load');
      if (!opened.ok) return opened;
      const handle = decode(() => new PayloadReader(opened.value).u32());
      return handle.ok ? ok(this.openFunction(at, handle.value)) : handle;
    });
  }

  async close(patienceMs = CLOSE_MS): Promise<void> {
    this.closed = true;
    const patience = setTimeout(() => this.abort(), patienceMs);
    await this.alone(async () => {
      clearTimeout(patience);
      await this.connection?.close();
      this.connection = undefined;
    });
  }

  /** Kills the runner; what is running gets a `runner` error, the next request starts a new one. */
  abort(): void {
    this.connection?.kill({ kind: 'ended', signal: 'SIGKILL', message: 'the run was given up' });
  }

  private openFunction(at: RunnerConnection, handle: number): OpenFunction {
    return {
      call: (timing: Timing, timeoutSeconds: number) => this.alone(() => this.options.gate.timed(async () => {
        const w = new PayloadWriter().u32(handle);
        writeTiming(w, timing);
        const reply = await this.ask(at, MESSAGE.call, w, timeoutSeconds * 1000, 'call');
        if (!reply.ok) return reply;
        const r = new PayloadReader(reply.value);
        return decode(() => r.list(8, () => r.f64()));
      })),
      tensor: (position) => this.alone(() => this.readBytes(at, { tensor: position, handle }, 0, undefined)),
      close: () => this.alone(async () => {
        if (at.alive) await at.request(MESSAGE.close, new PayloadWriter().u32(handle).finish(), ANSWER_MS);
      }),
    };
  }

  /** One request at a time, in the order asked. */
  private alone<T>(task: () => Promise<T>): Promise<T> {
    const result = this.tail.then(task);
    this.tail = result.catch(() => undefined);
    return result;
  }

  /** The living runner, started and given its buffers if need be. */
  private async start(): Promise<Result<RunnerConnection, MeasureError>> {
    if (this.connection?.alive === true) return ok(this.connection);
    if (this.closed) return err({ kind: 'runner', message: 'the runner is closed' });
    if (this.hello !== undefined) this.options.onRestart?.('the runner had ended');
    const { command } = this.options;
    const connection = new RunnerConnection(typeof command === 'function' ? await command() : command);
    this.connection = connection;
    const give = (message: string): Result<never, MeasureError> => {
      connection.kill({ kind: 'ended', signal: '', message });
      return err({ kind: 'runner', message });
    };
    const reply = await connection.request(MESSAGE.hello, new Uint8Array(0), START_MS);
    if (!reply.ok) return give(reply.error.message);
    const hello = decode(() => readHello(reply.value));
    if (!hello.ok) return give('the program is no runner');
    if (typeof hello.value === 'number') return give(`the runner speaks version ${hello.value} of the protocol, not ours`);
    this.hello = hello.value;
    for (const [id, recipe] of this.recipes) {
      const made = await this.make(connection, id, recipe);
      if (!made.ok) return give(`a buffer could not be made again: ${made.error.message}`);
    }
    return ok(connection);
  }

  private async make(at: RunnerConnection, id: BufferId, recipe: Recipe): Promise<Result<void, MeasureError>> {
    switch (recipe.kind) {
      case 'random': {
        const { dtype, bytes, seed, low, high } = recipe.spec;
        const w = new PayloadWriter().u32(id).u64(bytes).u8(dtypeCode(dtype)).u32(seed >>> 0).f64(low).f64(high);
        const reply = await this.ask(at, MESSAGE.fill, w, ANSWER_MS, 'store');
        return reply.ok ? ok(undefined) : reply;
      }
      case 'data': {
        const { data } = recipe;
        let offset = 0;
        do {
          const piece = data.subarray(offset, offset + CHUNK);
          const w = new PayloadWriter().u32(id).u64(data.length).u64(offset).bytes(piece);
          const reply = await this.ask(at, MESSAGE.store, w, ANSWER_MS, 'store');
          if (!reply.ok) return reply;
          offset += piece.length;
        } while (offset < data.length);
        return ok(undefined);
      }
      case 'run': {
        await recipe.request.artifact.restore?.();
        const outcome = await this.sendRun(at, { ...recipe.request, timing: { ...recipe.request.timing, repeats: 0 } });
        return outcome.result.ok ? ok(undefined) : outcome.result;
      }
    }
  }

  /** After a run that kept outputs: how to make them again. */
  private remember(request: RunRequest): void {
    for (const t of request.tensors) if (t.keep !== undefined) this.recipes.set(t.keep, { kind: 'run', request });
  }

  private async sendRun(at: RunnerConnection, request: RunRequest): Promise<RunOutcome> {
    const w = new PayloadWriter();
    writeRun(w, request);
    const reply = await this.ask(at, MESSAGE.run, w, request.timeoutSeconds * 1000 + SLACK_MS, 'run');
    if (!reply.ok) return failed(reply.error);
    const outcome = decode(() => readRun(reply.value, request));
    if (outcome.ok) return outcome.value;
    at.kill({ kind: 'ended', signal: '', message: outcome.error.message });
    return failed(outcome.error);
  }

  private async readBytes(at: RunnerConnection, what: Readable, from: number, bytes: number | undefined): Promise<Result<Uint8Array, MeasureError>> {
    const size = bytes ?? await this.sizeOf(at, what);
    if (typeof size !== 'number') return err(size);
    const out = new Uint8Array(size);
    for (let offset = 0; offset < size; offset += CHUNK) {
      const length = Math.min(CHUNK, size - offset);
      const w = named(what).u64(from + offset).u64(length);
      const reply = await this.ask(at, MESSAGE.read, w, ANSWER_MS, 'read');
      if (!reply.ok) return reply;
      out.set(reply.value.subarray(0, length), offset);
    }
    return ok(out);
  }

  private async sizeOf(at: RunnerConnection, what: Readable): Promise<number | MeasureError> {
    const reply = await this.ask(at, MESSAGE.size, named(what), ANSWER_MS, 'read');
    if (!reply.ok) return reply.error;
    const size = decode(() => new PayloadReader(reply.value).u64());
    return size.ok ? size.value : size.error;
  }

  /** Sends a request; what goes wrong is typed by what was asked. */
  private async ask(at: RunnerConnection, type: MessageType, w: PayloadWriter, timeoutMs: number, what: 'run' | 'load' | 'call' | 'store' | 'read'): Promise<Result<Uint8Array, MeasureError>> {
    const reply = await at.request(type, w.finish(), timeoutMs);
    return reply.ok ? reply : err(typed(reply.error, what, timeoutMs));
  }
}

/** In a call the kernel runs inside the runner: the runner's end is the kernel's crash, its silence the kernel's time-out. */
function typed(e: ConnectionError, what: string, timeoutMs: number): MeasureError {
  const message = cutMessage(e.message);
  if (what === 'load' && e.kind === 'refused') return { kind: 'load', message };
  if (what === 'call' || what === 'load') {
    if (e.kind === 'ended' && e.signal !== '') return { kind: 'crash', signal: e.signal, stage: what, message };
    if (e.kind === 'timeout') return { kind: 'run-timeout', seconds: timeoutMs / 1000, message };
  }
  return { kind: 'runner', message };
}

function failed(error: MeasureError): RunOutcome {
  return { result: err(error), report: undefined, wallSeconds: 0, stealTicks: 0 };
}

function decode<T>(read: () => T): Result<T, MeasureError> {
  try {
    return ok(read());
  } catch (e) {
    if (e instanceof WireError) return err({ kind: 'runner', message: e.message });
    throw e;
  }
}

function named(what: Readable): PayloadWriter {
  return 'id' in what ? new PayloadWriter().u8(0).u32(what.id).u32(0) : new PayloadWriter().u8(1).u32(what.tensor).u32(what.handle);
}
