/**
 * Starts compilers by a small process, the runner program in its `--launch` mode (runner/launch.c): a fork of the session would stop it
 * for some 50 ms a GB of its memory. They are paused while something is timed, and end with this process, however it ends. A launcher that was killed is replaced.
 */
import { constants } from 'node:os';
import { runProcess, temporaryFolder, type ProcessEnd, type ProcessOptions } from '../target/c/process.js';
import type { DeviceGate } from './gate.js';
import { RunnerConnection } from './runner-connection.js';
import { MESSAGE, PayloadReader, PayloadWriter } from './wire.js';

/** Bytes of address space and of a file, open files, seconds of processor time. */
export interface ProcessLimits { readonly memory: number; readonly file: number; readonly files: number; readonly processorSeconds: number }

export interface LaunchOptions extends ProcessOptions {
  readonly cwd: string;
  readonly limits: ProcessLimits;
}

export interface LauncherOptions {
  /** The runner's path; asked before each start of a launcher. */
  readonly program: () => Promise<string>;
  readonly gate: DeviceGate;
}

/** A launcher that cannot stay alive is given up. */
const MOST_STARTS = 100;
/** Whoever does not start a process within this time hangs. */
const START_MS = 10_000;
/** What the end of a process may need beyond its time limit until it is told. */
const SLACK_MS = 60_000;
const SIGNALS: ReadonlyMap<number, string> = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));
const NOT_STARTED: ProcessEnd = { code: undefined, stdout: '', stderr: '', timedOut: false, signal: undefined, failure: undefined };

interface Started { readonly at: RunnerConnection; readonly group: number; readonly forget: () => void }

export class ProcessLauncher {
  private connection: Promise<RunnerConnection | undefined> | undefined;
  private starts = 0;
  private closed = false;

  constructor(private readonly options: LauncherOptions) {}

  /** As `runProcess`, under limits. A program whose launcher died has ended by SIGKILL. Never rejects. */
  async run(command: readonly string[], options: LaunchOptions): Promise<ProcessEnd> {
    // No section begins between the request and the moment at which the gate knows the process.
    const started = await this.options.gate.work(() => this.start(command, options));
    if (!('group' in started)) return started;
    const { at, group, forget } = started;
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      send(group, 'SIGKILL');
    }, options.timeoutMs);
    const reply = await at.request(MESSAGE.wait, new PayloadWriter().u32(group).finish(), options.timeoutMs + SLACK_MS);
    clearTimeout(timer);
    forget();
    if (reply.ok) return { ...readEnd(reply.value, timedOut), timedOut };
    send(group, 'SIGKILL');
    return { ...NOT_STARTED, timedOut, signal: 'SIGKILL' };
  }

  /** Ends the launcher and all that it started. */
  async close(): Promise<void> {
    this.closed = true;
    await (await this.connection)?.close();
  }

  private async start(command: readonly string[], options: LaunchOptions): Promise<Started | ProcessEnd> {
    const at = await this.connect();
    const reply = await at?.request(MESSAGE.start, startPayload(command, options), START_MS);
    if (this.closed) return { ...NOT_STARTED, failure: 'the session is over' };
    if (at !== undefined && reply?.ok === true) {
      const group = new PayloadReader(reply.value).u32();
      return { at, group, forget: this.options.gate.register({ pause: () => { send(group, 'SIGSTOP'); }, resume: () => { send(group, 'SIGCONT'); } }) };
    }
    if (reply?.ok === false && reply.error.kind === 'refused') return { ...NOT_STARTED, failure: reply.error.message };
    // Without a launcher nothing may be paused (it might stay so for ever): sections wait for its end.
    return runProcess(command, { ...options, endWithParent: true });
  }

  /** The living launcher, started if need be; undefined if it cannot be had. */
  private async connect(): Promise<RunnerConnection | undefined> {
    const before = this.connection;
    if ((await before)?.alive === true) return before;
    // Whoever comes first starts it, for all.
    if (this.connection === before) this.connection = this.open();
    return this.connection;
  }

  private async open(): Promise<RunnerConnection | undefined> {
    if (this.closed || this.starts++ >= MOST_STARTS) return undefined;
    const connection = new RunnerConnection([await this.options.program(), '--launch'], true);
    return connection.pid === undefined ? undefined : connection;
  }
}

function startPayload(command: readonly string[], { cwd, temporary, limits }: LaunchOptions): Uint8Array {
  const variables = Object.entries(temporaryFolder(temporary)).map(([name, value]) => `${name}=${value}`);
  const w = new PayloadWriter().u64(limits.memory).u64(limits.file).u64(limits.files).u64(limits.processorSeconds).u32(variables.length).u32(command.length);
  return w.bytes(new TextEncoder().encode([cwd, ...variables, ...command].map((text) => `${text}\0`).join(''))).finish();
}

function readEnd(payload: Uint8Array, timedOut: boolean): ProcessEnd {
  const r = new PayloadReader(payload);
  const [code, signal, stdout, stderr] = [r.u32(), SIGNALS.get(r.u32()), r.text(), r.text()];
  return { code: timedOut || signal !== undefined ? undefined : code, stdout, stderr, timedOut, signal, failure: undefined };
}

function send(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // It has ended already.
  }
}
