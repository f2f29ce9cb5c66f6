/** Finds the sessions of a session folder: the ones that run, and the ones that ended while nobody watched. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { SessionInfo } from '../../protocol/session-info.js';
import type { SessionState } from '../../protocol/session-state.js';
import { draftPath } from '../whole-file.js';
import { initialState } from './reduce.js';
import { parseObject } from './lines.js';
import { listens, sessionAlive } from './liveness.js';
import { lockFileOf, unfinishedLocks } from './lock.js';
import { endedPath, entryPath, socketAddress } from './session-dir.js';
import { parseSessionInfo, readSessionInfo } from './read-info.js';

export interface FoundSessions { readonly live: readonly SessionInfo[]; readonly ended: readonly SessionState[] }

const ENDED = /^[0-9a-f]+\.ended\.json$/;
const FORGOTTEN_AFTER_MS = 7 * 24 * 3600 * 1000;

function readEnded(file: string): SessionState | undefined {
  try {
    const o = parseObject(readFileSync(file, 'utf8'));
    const info = o === undefined ? undefined : parseSessionInfo(JSON.stringify(o['info']));
    if (o === undefined || info === undefined || Date.now() - statSync(file).mtimeMs > FORGOTTEN_AFTER_MS) return undefined;
    const phase = o['phase'];
    return phase === 'done' || phase === 'failed' ? { ...initialState(info), ...o, info, phase } : undefined;
  } catch {
    return undefined;
  }
}

/** The last state of the session that process `pid` was; its file goes. */
export function takeEndedOf(dir: string, pid: number | undefined): SessionState | undefined {
  for (const name of readdirSync(dir).filter((n) => ENDED.test(n))) {
    const state = readEnded(path.join(dir, name));
    if (state === undefined || state.info.pid !== pid) continue;
    rmSync(path.join(dir, name), { force: true });
    return state;
  }
  return undefined;
}

/** Removes what a session left in the folder: its end was told. */
export function forgetSession(dir: string, info: SessionInfo): void {
  for (const file of [endedPath(dir, info.id), entryPath(dir, info.id)]) rmSync(file, { force: true });
  if (process.platform !== 'win32') rmSync(info.socket, { force: true });
}

/** The session that tunes into `log` now. */
export async function liveSessionOf(log: string): Promise<SessionInfo | undefined> {
  const info = readSessionInfo(lockFileOf(log));
  return info !== 'missing' && info !== 'damaged' && (await sessionAlive(info)) ? info : undefined;
}

/** A live session of this machine whose entry in the folder names `log`: it has the log even while its lock file is gone. */
export async function listedSessionOf(dir: string, log: string): Promise<SessionInfo | undefined> {
  for (const name of readdirSync(dir).filter((n) => /^[0-9a-f]+\.json$/.test(n))) {
    const info = readSessionInfo(path.join(dir, name));
    if (info !== 'missing' && info !== 'damaged' && info.log === log && info.host === hostname() && (await sessionAlive(info))) return info;
  }
  return undefined;
}

/** Entries of dead sessions are removed; they count as ended, `lost`. Each end is reported once: its file goes. What is not `wanted` is left as it is. */
export async function findSessions(dir: string, wanted: (info: SessionInfo) => boolean = () => true): Promise<FoundSessions> {
  const live: SessionInfo[] = [];
  const ended: SessionState[] = [];
  let names: readonly string[];
  try {
    names = readdirSync(dir);
  } catch {
    return { live, ended };
  }
  for (const name of names) {
    const file = path.join(dir, name);
    if (ENDED.test(name)) {
      const state = readEnded(file);
      if (state !== undefined && !wanted(state.info)) continue;
      if (state !== undefined) ended.push(state);
      rmSync(file, { force: true });
    } else if (/^[0-9a-f]+\.json$/.test(name)) {
      const info = readSessionInfo(file);
      if (info === 'missing' || info === 'damaged' || !wanted(info)) continue;
      if (await sessionAlive(info)) {
        live.push(info);
        continue;
      }
      ended.push({ ...initialState(info), phase: 'lost', problem: `the tuning process ${info.pid} ended without a result; its log keeps every finished trial` });
      forgetSession(dir, info);
    }
  }
  return { live, ended };
}

/** What killed sessions on `log` left in the folder and beside the log, now that another one goes on with it, and what is left of sessions that were killed before they could say which log was theirs. */
export async function sweepSessions(dir: string, log: string): Promise<void> {
  const ids = new Set(readdirSync(dir).flatMap((name) => /^([0-9a-f]+)\.(?:sock|json|json\.draft|ended\.json\.draft)$/.exec(name)?.[1] ?? []));
  for (const id of ids) {
    const info = readSessionInfo(entryPath(dir, id));
    if (info !== 'missing' && info !== 'damaged') {
      if (info.log === log && !(await sessionAlive(info))) forgetSession(dir, info);
    } else if (!(await listens(socketAddress(dir, id)))) {
      const files = [entryPath(dir, id), draftPath(entryPath(dir, id)), draftPath(endedPath(dir, id)), ...(process.platform === 'win32' ? [] : [socketAddress(dir, id)])];
      for (const file of files) rmSync(file, { force: true });
    }
  }
  for (const { file, id } of unfinishedLocks(log)) if (!(await listens(socketAddress(dir, id)))) rmSync(file, { force: true });
}
