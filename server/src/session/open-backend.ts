/** Which back end a target text means, and the folders of this program. */
import { existsSync, realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { err, ok, type Result } from '../base/result.js';
import { parseTarget } from '../hardware/parse.js';
import type { BackendOptions, BackendProblem, BackendResult } from './backend.js';
import { createCBackend } from './c-backend.js';
import { createWasmBackend } from './wasm-backend.js';

/** Compiled code of this user; `ANSOR_CACHE_DIR` overrides. */
export function defaultCacheDir(env: NodeJS.ProcessEnv): string {
  if (env['ANSOR_CACHE_DIR']) return env['ANSOR_CACHE_DIR'];
  if (process.platform === 'win32') return path.join(env['LOCALAPPDATA'] ?? os.tmpdir(), 'ansor');
  if (process.platform === 'darwin') return path.join(os.homedir(), 'Library/Caches/ansor');
  return path.join(env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'ansor');
}

/** The folder with the bundled programs: where this program lies, or `dist` of a checkout. */
export function programDir(): string {
  const program = process.argv[1] ?? '';
  const own = path.dirname(existsSync(program) ? realpathSync(program) : program);
  return existsSync(path.join(own, 'wasm-host.cjs')) ? own : path.resolve('dist');
}

/** The back end that a target text means; undefined: whichever there is. */
export function backendName(target: string | undefined): Result<'c' | 'wasm' | undefined, BackendProblem> {
  if (target === undefined || target === 'c' || target === 'wasm') return ok(target);
  const parsed = parseTarget(target);
  if (!parsed.ok) return err({ message: `not a target: ${parsed.error.message}`, remedy: 'Give c, wasm, or a string such as "llvm -keys=cpu -mcpu=znver3".', usage: true });
  if (parsed.value.kind !== 'llvm') return err({ message: `target ${parsed.value.kind} cannot be measured here`, remedy: 'Tune with c or wasm; other devices come later.', usage: true });
  return ok(/wasm32/.test(target) ? 'wasm' : 'c');
}

/** `c`, `wasm`, a whole CPU target string, or undefined: `c` where there is a compiler, else `wasm`. */
export async function openBackend(target: string | undefined, options: BackendOptions): Promise<BackendResult> {
  const name = backendName(target);
  if (!name.ok) return name;
  if (name.value === undefined) {
    const c = await createCBackend(options);
    // Whoever names a compiler wants to know why it is not used.
    return c.ok || options.compiler !== undefined ? c : createWasmBackend(options);
  }
  return name.value === 'c' ? createCBackend(options) : createWasmBackend(options);
}
