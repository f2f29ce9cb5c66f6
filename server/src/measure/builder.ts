/**
 * Builds C kernels into shared libraries: several per translation unit (an empty one costs 20 to 60 ms), several compilers at
 * a time, results cached. When a batch fails, its members are built one by one, so that a bad candidate spoils only itself.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok } from '../base/result.js';
import { SYMBOL_PATTERN } from '../target/abi.js';
import { runProcess, type ProcessEnd, type ProcessGroup } from '../target/c/process.js';
import type { CToolchain } from '../target/c/toolchain.js';
import type { Workspace } from '../target/kernel/ir.js';
import type { BuildCache } from './build-cache.js';
import { cutMessage, type MeasureError } from './errors.js';
import type { DeviceGate } from './gate.js';
import type { Builder, BuildOutcome } from './interface.js';
import type { ProcessWatch } from './process-watch.js';

/** One kernel as C text. Names that are global in `text` start with `symbol`, so that kernels can share a translation unit. */
export interface CSource {
  readonly symbol: string;
  /** Definitions that all kernels of a translation unit share, written once. */
  readonly prelude: string;
  readonly text: string;
  readonly workspace: Workspace;
}

export interface BuilderOptions {
  readonly toolchain: CToolchain;
  readonly cache: BuildCache;
  /** Compilers at a time. */
  readonly parallel: number;
  /** Kernels per translation unit. */
  readonly batch?: number;
  /** Seconds per kernel (spec measure, section 2). */
  readonly timeoutSeconds?: number;
  /** No compiler starts while something is timed. */
  readonly gate?: DeviceGate;
  /** With it, running compilers are paused too: only then is it certain that none stays paused when this process dies. */
  readonly watch?: ProcessWatch;
  /** The runner program, under whose limits compilers run; without it they have only the time limit. Asked before each start. */
  readonly limiter?: () => Promise<string>;
}

const DEFAULT_BATCH = 6;
/** Said by compilers and linkers where no source is at fault. */
const DISK_TROUBLE = /No space left on device|Disk quota exceeded|Read-only file system|File too large|file size limit exceeded/i;
const DEFAULT_TIMEOUT = 15;
/** Of a compiler: bytes of address space and of a file, open files, and how much processor time for a second of the time limit. */
const LIMITS = { memory: 8 * 2 ** 30, file: 2 ** 30, files: 256, processors: 4 };
/** A compiler that somebody else killed (or the system, out of memory) is started again so often. */
const MOST_RESTARTS = 3;
const KILLED = /Killed signal terminated program|terminated by signal 9|SIGKILL/;

interface Item { readonly source: CSource; readonly key: string; readonly places: number[] }

export class CBuilder implements Builder<CSource> {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly options: BuilderOptions) {}

  async build(sources: readonly CSource[]): Promise<readonly BuildOutcome[]> {
    const outcomes = new Array<BuildOutcome>(sources.length);
    const wanted = new Map<string, Item>();
    sources.forEach((source, place) => {
      const key = this.keyOf(source);
      const known = wanted.get(key);
      if (known !== undefined) known.places.push(place);
      else wanted.set(key, { source, key, places: [place] });
    });
    const settle = (item: Item, outcome: BuildOutcome): void => {
      for (const place of item.places) outcomes[place] = outcome;
    };
    const missing: Item[] = [];
    for (const item of wanted.values()) {
      const file = await this.options.cache.find(item.key, '.so');
      if (file !== undefined) settle(item, success(item, file, 0, true));
      else if (SYMBOL_PATTERN.test(item.source.symbol)) missing.push(item);
      else settle(item, failure({ kind: 'compile', message: `not a symbol: ${JSON.stringify(item.source.symbol).slice(0, 80)}` }, 0));
    }
    await Promise.all(this.batches(missing).map((batch) => this.buildBatch(batch, settle)));
    return outcomes;
  }

  private keyOf(s: CSource): string {
    const { toolchain, cache } = this.options;
    return cache.key(s.prelude, s.text, s.symbol, toolchain.identity, ...toolchain.command, ...toolchain.kernelFlags, ...toolchain.linkFlags);
  }

  /** Equal preludes go together; batches are even, and small enough to keep all compilers busy. */
  private batches(items: readonly Item[]): Item[][] {
    const groups = new Map<string, Item[]>();
    for (const item of items) {
      const group = groups.get(item.source.prelude);
      // Two kernels of one name cannot share a file.
      if (group === undefined || group.some((x) => x.source.symbol === item.source.symbol)) groups.set(group === undefined ? item.source.prelude : `${item.key}`, [item]);
      else group.push(item);
    }
    const largest = this.options.batch ?? DEFAULT_BATCH;
    return [...groups.values()].flatMap((group) => {
      const count = Math.min(group.length, Math.max(Math.ceil(group.length / largest), this.options.parallel));
      return Array.from({ length: count }, (_, i) => group.slice(Math.floor((group.length * i) / count), Math.floor((group.length * (i + 1)) / count)));
    });
  }

  private async buildBatch(batch: readonly Item[], settle: (item: Item, outcome: BuildOutcome) => void): Promise<void> {
    const [only] = batch;
    if (only === undefined) return;
    const built = await this.slot(() => this.compile(batch));
    const share = built.seconds / batch.length;
    if (built.error === undefined) {
      batch.forEach((item, i) => { settle(item, success(item, built.files[i] ?? '', share, false)); });
    } else if (batch.length === 1) {
      settle(only, failure(built.error, share));
    } else {
      await Promise.all(batch.map((item) => this.buildBatch([item], (i, o) => { settle(i, { ...o, seconds: o.seconds + share }); })));
    }
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

  /** What is to be done with a compiler while it runs; returns what is to be done at its end. */
  private started(group: ProcessGroup): () => void {
    const { gate, watch } = this.options;
    const forget = watch?.add(group.id);
    const free = forget === undefined ? undefined : gate?.register(group);
    return () => {
      free?.();
      forget?.();
    };
  }

  /** What stands in front of a compiler's command line. */
  private async limits(timeoutSeconds: number): Promise<readonly string[]> {
    const program = await this.options.limiter?.();
    if (program === undefined) return [];
    return [program, '--limited', ...[LIMITS.memory, LIMITS.file, LIMITS.files, Math.ceil(timeoutSeconds * LIMITS.processors)].map(String)];
  }

  private async compile(batch: readonly Item[]): Promise<{ readonly error: MeasureError | undefined; readonly files: readonly string[]; readonly seconds: number }> {
    const { toolchain, cache, gate, timeoutSeconds = DEFAULT_TIMEOUT } = this.options;
    await gate?.pass();
    const start = performance.now();
    const seconds = (): number => (performance.now() - start) / 1000;
    let folder: string | undefined;
    try {
      folder = await cache.workFolder();
      const text = (batch[0]?.source.prelude ?? '') + batch.map((item) => item.source.text).join('\n');
      // Relative names: messages, which end in logs, hold no paths of this machine.
      await writeFile(join(folder, 'kernel.c'), text, { mode: 0o600 });
      const limited = await this.limits(timeoutSeconds);
      const command = [...limited, ...toolchain.command, ...toolchain.kernelFlags, 'kernel.c', '-o', 'kernel.so', ...toolchain.linkFlags];
      const compileOnce = (cwd: string): Promise<ProcessEnd> => runProcess(command, { cwd, temporary: cwd, timeoutMs: timeoutSeconds * 1000, onStart: (group) => this.started(group) });
      let end = await compileOnce(folder);
      for (let again = 0; again < MOST_RESTARTS && wasKilled(end); again++) end = await compileOnce(folder);
      if (end.failure !== undefined) return { error: { kind: 'runner', mendable: true, message: cutMessage(`the compiler cannot be started: ${end.failure}`) }, files: [], seconds: seconds() };
      if (wasKilled(end)) return { error: { kind: 'compile', message: `the compiler was killed ${MOST_RESTARTS + 1} times (out of memory?)` }, files: [], seconds: seconds() };
      if (end.timedOut || end.signal === 'SIGXCPU') return { error: { kind: 'build-timeout', seconds: timeoutSeconds, message: `the compiler took longer than ${timeoutSeconds} s` }, files: [], seconds: seconds() };
      if (end.code !== 0) return { error: compilerError(end.stderr.trim(), DISK_TROUBLE.test(end.stderr)), files: [], seconds: seconds() };
      const files: string[] = [];
      for (const item of batch) files.push(await cache.enter(item.key, '.so', join(folder, 'kernel.so')));
      return { error: undefined, files, seconds: seconds() };
    } catch (e) {
      return { error: { kind: 'runner', mendable: true, message: cutMessage(`cannot use the build folder: ${e instanceof Error ? e.message : String(e)}`) }, files: [], seconds: seconds() };
    } finally {
      if (folder !== undefined) await cache.removeFolder(folder).catch(() => undefined);
    }
  }
}

function wasKilled(end: ProcessEnd): boolean {
  return !end.timedOut && end.code !== 0 && (end.signal === 'SIGKILL' || end.signal === 'SIGTERM' || KILLED.test(end.stderr));
}

function compilerError(said: string, disk: boolean): MeasureError {
  const text = said === '' ? 'the compiler ended without a message' : said;
  const message = cutMessage(text);
  return disk ? { kind: 'runner', mendable: true, message } : { kind: 'compile', message, ...(message === text ? {} : { output: text }) };
}

function success(item: Item, file: string, seconds: number, cached: boolean): BuildOutcome {
  return { result: ok({ file, symbol: item.source.symbol, workspace: item.source.workspace }), seconds, cached };
}

function failure(error: MeasureError, seconds: number): BuildOutcome {
  return { result: err(error), seconds, cached: false };
}
