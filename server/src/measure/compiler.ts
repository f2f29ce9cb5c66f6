/**
 * C compilers as processes: so many at a time, under limits, at rest while something is timed, each in a folder of its own. What a compiler
 * says about a source is an error of that source; whatever else goes wrong is told apart.
 */
import { writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { err, ok, type Result } from '../base/result.js';
import { runProcess, type ProcessEnd } from '../target/c/process.js';
import type { CToolchain } from '../target/c/toolchain.js';
import type { BuildCache } from './build-cache.js';
import { cutMessage, type MeasureError } from './errors.js';
import type { DeviceGate } from './gate.js';
import type { ProcessLauncher } from './process-launcher.js';

export interface CompilerOptions {
  readonly toolchain: CToolchain;
  readonly cache: BuildCache;
  /** Compilers at a time. */
  readonly parallel: number;
  /** No build begins while something is timed. */
  readonly gate?: DeviceGate;
  /** Starts compilers, pauses them while something is timed, and limits them; without it they have only the time limit. */
  readonly launcher?: ProcessLauncher;
}

/** One run of a compiler, in an empty folder with these files. */
export interface CompilerRun {
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** Behind the command; names of files are relative, so that messages, which end in logs, hold no paths of this machine. */
  readonly arguments: readonly string[];
  readonly timeoutSeconds: number;
}

/** Said by compilers and linkers where no source is at fault. */
const DISK_TROUBLE = /No space left on device|Disk quota exceeded|Read-only file system|File too large|file size limit exceeded/i;
/** Of a compiler, and how much processor time it has for a second of the time limit. */
const LIMITS = { memory: 8 * 2 ** 30, file: 2 ** 30, files: 256 };
const PROCESSORS = 4;
/** A compiler that somebody else killed (or the system, out of memory) is started again so often. */
const MOST_RESTARTS = 3;
/** What gcc says of its compiler and its linker, and clang of both. */
const KILLED = /Killed signal terminated program|terminated (?:by|with) signal 9|unable to execute command: Killed|SIGKILL/;

export class CCompiler {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly options: CompilerOptions) {}

  get toolchain(): CToolchain { return this.options.toolchain; }
  get cache(): BuildCache { return this.options.cache; }
  get parallel(): number { return this.options.parallel; }

  /** The key of what these texts become with these flags. */
  key(flags: readonly string[], ...texts: readonly string[]): string {
    const { toolchain, cache } = this.options;
    return cache.key(...texts, toolchain.identity, ...toolchain.command, ...flags);
  }

  /** `take` gets what it wants out of the folder, which is removed then. Never rejects. `seconds` are those from the start. */
  async run<T>(run: CompilerRun, take: (folder: string) => Promise<T>): Promise<{ readonly result: Result<T, MeasureError>; readonly seconds: number }> {
    return this.slot(async () => {
      await this.options.gate?.pass();
      const start = performance.now();
      const result = await this.inFolder(run, take);
      return { result, seconds: (performance.now() - start) / 1000 };
    });
  }

  /** Runs `task` when fewer than `parallel` are running. */
  private async slot<T>(task: () => Promise<T>): Promise<T> {
    while (this.running >= this.options.parallel) await new Promise<void>((resolve) => { this.waiting.push(resolve); });
    this.running++;
    try {
      return await task();
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  private async inFolder<T>({ files, arguments: given, timeoutSeconds }: CompilerRun, take: (folder: string) => Promise<T>): Promise<Result<T, MeasureError>> {
    const { cache } = this.options;
    let folder: string | undefined;
    try {
      folder = await cache.workFolder();
      for (const [name, data] of files) await writeFile(join(folder, name), data, { mode: 0o600 });
      let end = await this.start(folder, given, timeoutSeconds);
      for (let again = 0; again < MOST_RESTARTS && wasKilled(end); again++) end = await this.start(folder, given, timeoutSeconds);
      // Linkers name their temporary files.
      const error = errorOf({ ...end, stderr: end.stderr.replaceAll(folder + sep, '') }, timeoutSeconds);
      return error === undefined ? ok(await take(folder)) : err(error);
    } catch (e) {
      return err({ kind: 'runner', mendable: true, message: cutMessage(`cannot use the build folder: ${e instanceof Error ? e.message : String(e)}`) });
    } finally {
      if (folder !== undefined) await cache.removeFolder(folder).catch(() => undefined);
    }
  }

  private start(cwd: string, given: readonly string[], timeoutSeconds: number): Promise<ProcessEnd> {
    const { toolchain, launcher } = this.options;
    const command = [...toolchain.command, ...given];
    const options = { cwd, temporary: cwd, timeoutMs: timeoutSeconds * 1000 };
    if (launcher === undefined) return runProcess(command, { ...options, endWithParent: true });
    return launcher.run(command, { ...options, limits: { ...LIMITS, processorSeconds: Math.ceil(timeoutSeconds * PROCESSORS) } });
  }
}

function errorOf(end: ProcessEnd, timeoutSeconds: number): MeasureError | undefined {
  if (end.failure !== undefined) return { kind: 'runner', mendable: true, message: cutMessage(`the compiler cannot be started: ${end.failure}`) };
  if (wasKilled(end)) return { kind: 'compile', message: `the compiler was killed ${MOST_RESTARTS + 1} times (out of memory?)` };
  if (end.timedOut || end.signal === 'SIGXCPU') return { kind: 'build-timeout', seconds: timeoutSeconds, message: `the compiler took longer than ${timeoutSeconds} s` };
  return end.code === 0 ? undefined : compilerError(end.stderr.trim(), DISK_TROUBLE.test(end.stderr));
}

function wasKilled(end: ProcessEnd): boolean {
  return !end.timedOut && end.code !== 0 && (end.signal === 'SIGKILL' || end.signal === 'SIGTERM' || KILLED.test(end.stderr));
}

function compilerError(said: string, disk: boolean): MeasureError {
  const text = said === '' ? 'the compiler ended without a message' : said;
  const message = cutMessage(text);
  return disk ? { kind: 'runner', mendable: true, message } : { kind: 'compile', message, ...(message === text ? {} : { output: text }) };
}
