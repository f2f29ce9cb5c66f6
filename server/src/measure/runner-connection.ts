/** A started runner process and the requests in flight. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { err, ok, type Result } from '../base/result.js';
import { cleanEnvironment } from '../target/clean-environment.js';
import { ERROR_REPLY, FrameSplitter, REPLY, WIRE_LIMIT, frameBytes, type Frame, type MessageType } from './wire.js';

/** Why there is no reply. */
export type ConnectionError =
  /** The runner refused the request. */
  | { readonly kind: 'refused'; readonly message: string }
  /** No reply within the time; the runner has been killed. */
  | { readonly kind: 'timeout'; readonly message: string }
  /** The process ended; `signal` empty if by itself. */
  | { readonly kind: 'ended'; readonly signal: string; readonly message: string };

interface Pending { readonly type: number; settle(r: Result<Uint8Array, ConnectionError>): void; readonly timer: NodeJS.Timeout }

const MAX_STDERR = 4096;

export class RunnerConnection {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly splitter = new FrameSplitter();
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private stderr = '';
  private end: ConnectionError | undefined;
  private readonly ended: Promise<void>;

  /**
   * Starts `command[0]` with the remaining items as arguments; a failure to start shows at the first request. `detached`: what is sent to our process group does not
   * reach it.
   */
  constructor(command: readonly string[], detached = false) {
    const [program = '', ...args] = command;
    this.child = spawn(program, args, { env: cleanEnvironment(), stdio: ['pipe', 'pipe', 'pipe'], detached, windowsHide: true });
    this.child.stdout.on('data', (chunk: Buffer) => { this.receive(chunk); });
    this.child.stderr.on('data', (chunk: Buffer) => { this.stderr = (this.stderr + chunk.toString('utf8')).slice(-MAX_STDERR); });
    this.child.stdin.on('error', () => undefined); // The end of the process tells more.
    this.ended = new Promise((resolve) => {
      const finish = (error: ConnectionError): void => {
        this.end ??= error;
        for (const [id] of this.pending) this.settle(id, err(this.end));
        resolve();
      };
      this.child.on('error', (e) => { finish({ kind: 'ended', signal: '', message: `the runner could not be started: ${e.message}` }); });
      this.child.on('close', (code, signal) => {
        const said = this.stderr.trim();
        finish({ kind: 'ended', signal: signal ?? '', message: `the runner ended (${signal ?? `code ${code ?? '?'}`})${said === '' ? '' : `: ${said.slice(-300)}`}` });
      });
    });
  }

  get alive(): boolean {
    return this.end === undefined;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** The reply's payload. */
  request(type: MessageType, payload: Uint8Array, timeoutMs: number): Promise<Result<Uint8Array, ConnectionError>> {
    if (this.end !== undefined) return Promise.resolve(err(this.end));
    // The runner would take it for something that is no frame, and end.
    if (payload.length > WIRE_LIMIT) return Promise.resolve(err({ kind: 'refused', message: `a request of ${payload.length} bytes is longer than the protocol's limit of ${WIRE_LIMIT}` }));
    const id = this.nextId++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.kill({ kind: 'timeout', message: `no reply from the runner after ${timeoutMs / 1000} s` });
      }, timeoutMs);
      this.pending.set(id, { type, settle: resolve, timer });
      this.child.stdin.write(frameBytes({ type, id, payload }));
    });
  }

  /** Ends the process at once; whatever is in flight gets `why`. */
  kill(why: ConnectionError): void {
    this.end ??= why;
    for (const [id] of this.pending) this.settle(id, err(why));
    this.child.kill('SIGKILL');
  }

  /** Lets it end by itself (end of input); kills it if it does not. */
  async close(): Promise<void> {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 2000);
    await this.ended;
    clearTimeout(timer);
  }

  private settle(id: number, result: Result<Uint8Array, ConnectionError>): void {
    const p = this.pending.get(id);
    if (p === undefined) return;
    this.pending.delete(id);
    clearTimeout(p.timer);
    p.settle(result);
  }

  private receive(chunk: Uint8Array): void {
    let frames: Frame[];
    try {
      frames = this.splitter.push(chunk);
    } catch (e) {
      this.kill({ kind: 'ended', signal: '', message: e instanceof Error ? e.message : String(e) });
      return;
    }
    for (const f of frames) {
      const p = this.pending.get(f.id);
      if (p !== undefined && f.type === (p.type | REPLY)) this.settle(f.id, ok(f.payload));
      else if (f.type === ERROR_REPLY) this.settle(f.id, err({ kind: 'refused', message: new TextDecoder().decode(f.payload.subarray(4)) }));
      else this.kill({ kind: 'ended', signal: '', message: 'the runner sent a reply that nobody asked for' });
    }
  }
}
