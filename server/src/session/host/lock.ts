/**
 * The lock file beside a log: one session a log. It appears with its whole content at once, and only after the session's
 * socket listens, so that whoever finds it can attach.
 */
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Result } from '../../base/result.js';
import { err, ok } from '../../base/result.js';
import type { SessionInfo } from '../../protocol/session-info.js';
import { describeProblem, systemProblem } from '../problem.js';
import { sessionAlive } from './liveness.js';
import { parseSessionInfo, readSessionInfo } from './read-info.js';

export interface LockHeld { readonly kind: 'held'; readonly message: string; readonly info: SessionInfo }
export interface LockFailed { readonly kind: 'io'; readonly message: string }
export type LockProblem = LockHeld | LockFailed;

export interface Lock {
  /** Makes the file again if it went away (with its folder, say). `taken`: another session has it now. Never throws. */
  keep(): 'kept' | 'taken' | 'impossible';
  /** Removes the file if it still is ours. Never throws; works in an `exit` handler. */
  release(): void;
}

const TAKE_OVERS = 5;
/** Errors that another way of writing would meet too. */
const UNWRITABLE: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'ENOENT', 'ENOTDIR', 'EIO', 'ENAMETOOLONG']);

/** The lock file of a log. */
export function lockFileOf(log: string): string {
  return `${log}.lock`;
}

/** Files beside the lock that sessions make while they take it, each with the session's id: who is killed there leaves them. */
export function unfinishedLocks(log: string): { readonly file: string; readonly id: string }[] {
  const { dir, base } = path.parse(lockFileOf(log));
  return readdirSync(dir).flatMap((name) => {
    const id = name.startsWith(`${base}.`) ? /^([0-9a-f]+)(?:\.stale|\.back)*$/.exec(name.slice(base.length + 1))?.[1] : undefined;
    return id === undefined ? [] : [{ file: path.join(dir, name), id }];
  });
}

function code(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** False if `file` is there already. */
function createWhole(file: string, text: string, id: string): boolean {
  const draft = `${file}.${id}`;
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: 0o644 });
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (code(error) === 'EEXIST') return false;
    if (UNWRITABLE.has(code(error) ?? '')) throw error;
    // File systems without hard links: the content comes a moment after the name.
    try {
      writeFileSync(file, text, { flag: 'wx', mode: 0o644 });
      return true;
    } catch (second) {
      if (code(second) === 'EEXIST') return false;
      throw second;
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves a dead session's lock away. If another process was faster, what was moved is its live lock: it goes back. */
function removeStale(file: string, stale: SessionInfo | 'damaged', id: string): void {
  const aside = `${file}.${id}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (code(error) === 'ENOENT') return;
    throw error;
  }
  const moved = parseSessionInfo(readFileSync(aside, 'utf8'));
  if (moved?.id !== (stale === 'damaged' ? undefined : stale.id)) createWhole(file, readFileSync(aside, 'utf8'), `${id}.back`);
  unlinkSync(aside);
}

export function heldMessage(info: SessionInfo): string {
  const where = info.host === hostname() ? '' : ` on ${info.host}`;
  return `${info.log} is being tuned by process ${info.pid}${where} since ${info.started}; wait for it, attach to it, or stop it first (its lock is ${lockFileOf(info.log)})`;
}

/** Takes the lock; that of a dead session is taken over. */
export async function acquireLock(file: string, info: SessionInfo): Promise<Result<Lock, LockProblem>> {
  const text = `${JSON.stringify(info)}\n`;
  try {
    for (let attempt = 0; attempt < TAKE_OVERS; attempt++) {
      if (createWhole(file, text, info.id)) return ok({ keep: () => keepLock(file, text, info.id), release: () => releaseLock(file, info.id) });
      const found = readSessionInfo(file);
      if (found === 'missing') continue;
      if (found !== 'damaged' && (await sessionAlive(found))) return err({ kind: 'held', message: heldMessage(found), info: found });
      removeStale(file, found, info.id);
    }
    return err({ kind: 'io', message: `cannot take ${file}: other sessions keep taking it` });
  } catch (error) {
    return err({ kind: 'io', message: describeProblem(systemProblem(error, 'cannot write beside the log', info.log, { ENOENT: 'there is no such folder: make it, or choose another place with --log' })) });
  }
}

function keepLock(file: string, text: string, id: string): ReturnType<Lock['keep']> {
  const found = readSessionInfo(file);
  if (found !== 'missing') return found !== 'damaged' && found.id === id ? 'kept' : 'taken';
  try {
    return createWhole(file, text, id) ? 'kept' : 'taken';
  } catch {
    return 'impossible';
  }
}

function releaseLock(file: string, id: string): void {
  const found = readSessionInfo(file);
  if (found === 'missing' || found === 'damaged' || found.id !== id) return;
  try {
    unlinkSync(file);
  } catch {
    // The folder went away or became read-only: the lock counts as stale then.
  }
}
