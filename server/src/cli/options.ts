/** Options that several sub-commands share, and their checks. Wrong use ends with status 2. */
import os from 'node:os';
import path from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Result } from '../base/result.js';
import type { Backend, BackendProblem } from '../session/backend.js';
import { backendName, defaultCacheDir, openBackend, programDir } from '../session/open-backend.js';
import { SessionError } from '../session/problem.js';

export function count(text: string): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(n)) throw new InvalidArgumentError('give a whole number of at least 0.');
  return n;
}

export function positive(text: string): number {
  const n = count(text);
  if (n < 1) throw new InvalidArgumentError('give a whole number of at least 1.');
  return n;
}

/** `M=512`, repeatable. */
export function sizeOption(text: string, before: Readonly<Record<string, number>> = {}): Record<string, number> {
  const m = /^([A-Za-z_]\w*)=(\d+)$/.exec(text);
  if (m === null) throw new InvalidArgumentError('give NAME=NUMBER, e.g. --size M=512.');
  return { ...before, [m[1] ?? '']: Number(m[2]) };
}

/** `batch=1,seq=128`, repeatable. */
export function dimOption(text: string, before: ReadonlyMap<string, number> = new Map()): ReadonlyMap<string, number> {
  const dims = new Map(before);
  for (const one of text.split(',')) {
    const m = /^(.+)=(\d{1,9})$/.exec(one.trim());
    if (m === null) throw new InvalidArgumentError('give NAME=NUMBER, e.g. --dim batch=1,seq=128.');
    dims.set(m[1] ?? '', Number(m[2]));
  }
  return dims;
}

/** `NAME=1,2,3`, repeatable. */
export function valueOption(text: string, before: ReadonlyMap<string, readonly number[]> = new Map()): ReadonlyMap<string, readonly number[]> {
  const m = /^([^=]+)=(.*)$/.exec(text);
  const numbers = (m?.[2] ?? '').split(',').filter((part) => part.trim() !== '').map(Number);
  if (m === null || numbers.some((n) => Number.isNaN(n))) throw new InvalidArgumentError('give NAME=NUMBERS, e.g. --value shape=1,3,224,224.');
  return new Map([...before, [m[1] ?? '', numbers]]);
}

export interface BindingFlags { readonly dim?: ReadonlyMap<string, number>; readonly value?: ReadonlyMap<string, readonly number[]>; readonly algorithms?: 'direct' | 'all' }

/** Which algorithms a network may use. */
export function algorithmsOption(): Option {
  return new Option('--algorithms <which>', 'direct: as the model says; all: also winograd, where it is faster (results differ in the last digits)').choices(['direct', 'all']).default('all');
}

/** What a model leaves open is given on the command line. */
export function withBindings(command: Command): Command {
  return command
    .option('--dim <name=n,...>', "extents of a model's symbolic dimensions", dimOption)
    .option('--value <name=n,...>', 'elements of an input that decides shapes; it becomes a constant of the network', valueOption);
}

export function bindingsOf({ dim, value, algorithms }: BindingFlags): { readonly dims?: ReadonlyMap<string, number>; readonly values?: ReadonlyMap<string, readonly number[]>; readonly algorithms?: 'direct' | 'all' } {
  return { ...(dim === undefined ? {} : { dims: dim }), ...(value === undefined ? {} : { values: value }), ...(algorithms === undefined ? {} : { algorithms }) };
}

/** The name of a log, repeatable. */
export function logsOption(text: string, before: readonly string[]): readonly string[] {
  if (text === '') throw new InvalidArgumentError('give the name of a log.');
  return [...before, text];
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print one JSON document (or one line per event) on standard output');
}

export function withBackend(command: Command): Command {
  return command
    .option('--target <target>', 'c, wasm, or a target string (default: c where there is a compiler, else wasm)')
    .addOption(new Option('--threads <n>', 'threads of the programs').argParser(positive).default(undefined, 'all cores'))
    .option('--compiler <program>', 'the C compiler to use (default: gcc, clang or zig on the path)');
}

export interface BackendFlags { readonly target?: string; readonly threads?: number; readonly compiler?: string }

/** @throws SessionError where nothing can be built or run */
export async function backendOf(flags: BackendFlags): Promise<Backend> {
  const opened = await openBackend(flags.target, {
    threads: flags.threads ?? os.availableParallelism(), cacheDir: defaultCacheDir(process.env), programDir: programDir(),
    ...(flags.compiler === undefined ? {} : { compiler: [flags.compiler] }),
  });
  return valueOf(opened);
}

/** @throws SessionError for a target that means no back end of ours */
export function checkTarget({ target }: BackendFlags): void {
  valueOf(backendName(target));
}

function valueOf<T>(result: Result<T, BackendProblem>): T {
  if (!result.ok) throw new SessionError(`${result.error.message}. ${result.error.remedy}`, {}, result.error.usage ?? false);
  return result.value;
}

/** The log of a model where none is named: beside it, `NAME.ansor.jsonl`. */
export function defaultLog(input: string): string {
  return path.join(path.dirname(input), `${path.basename(input).replace(/\.(onnx|tc)$/i, '')}.ansor.jsonl`);
}
