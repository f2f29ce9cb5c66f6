/** The bundled command line as processes of their own, in folders of their own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { accessSync, constants, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readLog } from '../../server/src/records/read-log.js';
import type { MeasureRecord } from '../../server/src/records/record.js';
import type { SessionEvent } from '../../server/src/protocol/session-event.js';
import { makeBuildCache } from '../harness/build-cache.js';
import { onnxFile, ramp } from '../model/onnx-builder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const folder = mkdtempSync(path.join(tmpdir(), 'ansor-cli-'));
const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 });
});

const dist = path.join(folder, 'dist');
/** The folder into which the test command has bundled this tree just now. */
const bundled = process.env['ANSOR_BUILT'];
if (bundled === undefined) {
  const built = spawnSync(process.execPath, [path.join(ROOT, 'tools/build.mjs'), `--into=${dist}`, 'ansor', 'trainer', 'searcher', 'wasm-host', 'wasm-worker', 'wasm-model'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`not bundled: ${built.stderr}`);
} else {
  cpSync(bundled, dist, { recursive: true, filter: (from) => !from.endsWith('.map') });
}
makeBuildCache(path.join(folder, 'cache/c'));
export const PROGRAM = path.join(dist, 'ansor.cjs');

export function onPath(program: string): string | undefined {
  for (const dir of (process.env['PATH'] ?? '').split(path.delimiter)) {
    try {
      accessSync(path.join(dir, program), constants.X_OK);
      return path.join(dir, program);
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/** Why a test that compiles C is skipped; false where it is not. */
export const noCompiler: string | false = onPath('gcc') ?? onPath('clang') ?? onPath('zig') ? false : 'no C compiler (gcc, clang or zig)';

/** An empty folder. */
export function place(): string {
  return mkdtempSync(path.join(folder, 'at-'));
}

export interface Start { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly through?: readonly string[] }

export interface Ran { readonly status: number | null; readonly signal: NodeJS.Signals | null; readonly out: string; readonly err: string }

export interface Running { readonly child: ChildProcess; readonly out: () => string; readonly err: () => string; readonly end: Promise<Ran> }

/** Starts `ansor ARGS`; `through`: a program that starts it, e.g. under other rights. */
export function start(args: readonly string[], { cwd, env = {}, through = [] }: Start): Running {
  const [program = '', ...rest] = [...through, process.execPath, PROGRAM, ...args];
  const child = spawn(program, rest, {
    cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ANSOR_CACHE_DIR: path.join(folder, 'cache'), ANSOR_SESSION_DIR: path.join(folder, 'sessions'), ...env },
  });
  running.add(child);
  const text = { out: '', err: '' };
  child.stdout.on('data', (d: Buffer) => { text.out += d.toString(); });
  child.stderr.on('data', (d: Buffer) => { text.err += d.toString(); });
  const end = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      running.delete(child);
      resolve({ status, signal, ...text });
    });
  });
  return { child, out: () => text.out, err: () => text.err, end };
}

export function ansor(args: readonly string[], options: Start): Promise<Ran> {
  return start(args, options).end;
}

/** The one document on one line. */
export function document<T>({ out, err }: Ran): T {
  if (!/^[^\n]+\n$/.test(out)) throw new Error(`not one line: ${out.slice(0, 300)} ${err}`);
  return JSON.parse(out) as T;
}

export function events(out: string): SessionEvent[] {
  return out.split('\n').slice(0, -1).map((line) => JSON.parse(line) as SessionEvent);
}

export function recordsOf(log: string): readonly MeasureRecord[] {
  return readLog(readFileSync(log, 'utf8')).lines.flatMap((l) => (l.kind === 'record' ? [l.record] : []));
}

export async function until<T>(what: string, look: () => T | undefined, seconds = 60): Promise<T> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await new Promise((r) => setTimeout(r, 20))) {
    const found = look();
    if (found !== undefined) return found;
  }
  throw new Error(`timed out: ${what}`);
}

export const MATMUL = 'def mm(float(64, 96) A, const float(96, 80) B, float(80) bias) -> (D) {\n  C(i, j) +=! A(i, k) * B(k, j)\n  D(i, j) = fmax(C(i, j) + bias(j), 0)\n}\n';

/** Two convolutions that share a task and not their constants, a third with a residual sum, pool, dense. */
export function tinyNet(): Uint8Array {
  const conv = { attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, op: 'Conv' };
  return onnxFile({
    inputs: { x: [1, 8, 10, 10] }, outputs: ['y'],
    constants: { w1: ramp([8, 8, 3, 3], 1), b1: ramp([8], 2), w2: ramp([8, 8, 3, 3], 3), b2: ramp([8], 4), w3: ramp([8, 8, 3, 3], 5), b3: ramp([8], 6), w4: ramp([5, 8], 7), b4: ramp([5], 8) },
    nodes: [
      { ...conv, inputs: ['x', 'w1', 'b1'], outputs: ['c1'] }, { op: 'Relu', inputs: ['c1'], outputs: ['r1'] },
      { ...conv, inputs: ['r1', 'w2', 'b2'], outputs: ['c2'] }, { op: 'Relu', inputs: ['c2'], outputs: ['r2'] },
      { ...conv, inputs: ['r2', 'w3', 'b3'], outputs: ['c3'] }, { op: 'Add', inputs: ['c3', 'r1'], outputs: ['s'] }, { op: 'Relu', inputs: ['s'], outputs: ['r3'] },
      { op: 'GlobalAveragePool', inputs: ['r3'], outputs: ['p'] }, { op: 'Flatten', inputs: ['p'], outputs: ['f'] },
      { op: 'Gemm', inputs: ['f', 'w4', 'b4'], outputs: ['y'], attributes: { transB: 1 } },
    ],
  });
}

/** A folder with the named files. */
export function placeWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const at = place();
  for (const [name, data] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(at, name)), { recursive: true });
    writeFileSync(path.join(at, name), data);
  }
  return at;
}
