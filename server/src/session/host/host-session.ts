/**
 * A tuning session is a process of its own that any number of viewers may watch: the editor's language server, a second
 * window, another terminal. Viewers come and go; the session ends when its budget is spent or somebody cancels it.
 */
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { err, ok, type Result } from '../../base/result.js';
import type { DoneEvent, SessionEvent } from '../../protocol/session-event.js';
import type { SessionInfo } from '../../protocol/session-info.js';
import type { SessionCommand } from '../../protocol/session-message.js';
import type { SessionState } from '../../protocol/session-state.js';
import { createSessionControl, type SessionControl } from './session-control.js';
import { writeWhole } from '../whole-file.js';
import { acquireLock, heldMessage, lockFileOf, type LockHeld, type LockProblem } from './lock.js';
import { listedSessionOf, sweepSessions } from './find-sessions.js';
import { initialState, reduceEvent } from './reduce.js';
import { defaultSessionDir, endedPath, entryPath, newSessionId, prepareSessionDir, socketAddress } from './session-dir.js';
import { createTokenSource, type SessionToken } from './session-token.js';
import { listenForViewers, type Viewers } from './viewers.js';

export interface HostOptions {
  /** The log; its lock file lies beside it. */
  readonly log: string;
  readonly model: string;
  /** Version of the program. */
  readonly version: string;
  /** Default: `defaultSessionDir(process.env)`. */
  readonly sessionDir?: string;
  /** Gets every event too: the command line prints them. Must not throw. */
  readonly onEvent?: (event: SessionEvent) => void;
  /** SIGINT, SIGTERM and (once no terminal is there) SIGHUP cancel the session; a second one ends the process. Default true. */
  readonly signals?: boolean;
  /** The work. `owns`: the log is still this session's (the lock is made again if it went away), to be asked before each line. What it throws is the session's error: viewers are told, and it is thrown on. */
  readonly run: (emit: (event: SessionEvent) => void, token: SessionToken, control: SessionControl, owns: () => boolean) => Promise<DoneEvent>;
}

export type HostProblem = LockProblem;
export type { LockHeld };

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const SAME_SIGNAL_MS = 500;
const LOCK_EVERY_MS = 2_000;
/** A session that was paused so long ago, and that nobody watches, ends; its log keeps all it did. */
const FORGOTTEN_MS = 24 * 3600 * 1000;

function onSignals(cancel: () => void, cleanUp: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
  let asked: number | undefined;
  const listener = (signal: (typeof signals)[number]): void => {
    // Programs that start others (npm, timeout) pass a signal on that the whole group got: it comes twice at once.
    if (asked !== undefined && performance.now() - asked < SAME_SIGNAL_MS) return;
    if (asked !== undefined) {
      cleanUp();
      process.exit(128 + numbers[signal]);
    }
    asked = performance.now();
    cancel();
  };
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}

/**
 * Runs a session in this process. The value is what `run` returned; the error says who holds the log, or why nothing could be
 * written. `run` emits all events but the last: `done` and `error` are sent from what it returns or throws.
 */
export async function hostSession(options: HostOptions): Promise<Result<DoneEvent, HostProblem>> {
  const dir = options.sessionDir ?? defaultSessionDir(process.env);
  const id = newSessionId();
  const info: SessionInfo = {
    id, pid: process.pid, host: hostname(), socket: socketAddress(dir, id), log: path.resolve(options.log), model: path.resolve(options.model),
    started: new Date().toISOString(), version: options.version,
  };
  let state: SessionState = initialState(info);
  const { token, cancel } = createTokenSource();
  const control = createSessionControl(token);
  const requestCancel = (): void => {
    if (state.phase === 'starting' || state.phase === 'running') state = { ...state, phase: 'cancelling' };
    cancel();
  };
  const obey = (command: SessionCommand): void => {
    if (command.command === 'cancel') return requestCancel();
    if (state.phase !== 'starting' && state.phase !== 'running') return;
    if (command.command === 'budget') control.setBudget(command);
    if (command.command === 'pause' || command.command === 'resume') control.setPaused(command.command === 'pause');
    const { paused, budget } = control;
    emit({
      event: 'control', paused, planned: budget.trials === undefined ? state.planned : Math.max(budget.trials, state.trials),
      timeLimitSeconds: budget.timeLimitSeconds === undefined ? state.timeLimitSeconds : budget.timeLimitSeconds,
    });
  };

  const told: Viewers[] = [];
  const emit = (event: SessionEvent): void => {
    state = reduceEvent(state, event);
    for (const viewers of told) viewers.broadcast(event);
    options.onEvent?.(event);
  };
  let viewers: Viewers;
  try {
    prepareSessionDir(dir);
    viewers = await listenForViewers(info.socket, () => state, obey);
  } catch (error) {
    return err({ kind: 'io', message: `cannot open the session's socket in ${dir}: ${reason(error)}` });
  }
  told.push(viewers);
  const listed = await listedSessionOf(dir, info.log).catch(() => undefined);
  if (listed !== undefined) {
    await viewers.close();
    return err({ kind: 'held', message: heldMessage(listed), info: listed });
  }
  const lock = await acquireLock(lockFileOf(info.log), info);
  if (!lock.ok) {
    await viewers.close();
    return lock;
  }

  const entry = entryPath(dir, id);
  const cleanUp = (): void => {
    lock.value.release();
    rmSync(entry, { force: true });
    if (process.platform !== 'win32') rmSync(info.socket, { force: true });
  };
  process.on('exit', cleanUp);
  const offSignals = (options.signals ?? true) ? onSignals(requestCancel, cleanUp) : () => undefined;
  const guard = setInterval(() => {
    if (lock.value.keep() !== 'taken') return;
    clearInterval(guard);
    emit({ event: 'warning', message: `${options.log}: the lock was removed and another session has it now: this one ends` });
    requestCancel();
  }, LOCK_EVERY_MS).unref();
  const forgotten = setInterval(() => {
    if (state.paused && viewers.count === 0 && performance.now() - control.changed > FORGOTTEN_MS) requestCancel();
  }, 60_000).unref();
  try {
    writeWhole(entry, JSON.stringify(info), { mode: 0o600 });
    await sweepSessions(dir, info.log).catch(() => undefined);
    const done = await options.run(emit, token, control, () => lock.value.keep() !== 'taken');
    emit(done);
    return ok(done);
  } catch (error) {
    if (state.phase !== 'failed') emit({ event: 'error', message: reason(error) });
    throw error;
  } finally {
    // Only an editor looks for it; a terminal has seen the end.
    if (process.env['ANSOR_SESSION_DIR'] !== undefined) leaveResult(dir, state);
    offSignals();
    clearInterval(forgotten);
    clearInterval(guard);
    await viewers.close();
    cleanUp();
    process.off('exit', cleanUp);
  }
}

/** Lets a window that opens later tell how the session ended. Not worth failing for. */
function leaveResult(dir: string, state: SessionState): void {
  try {
    writeWhole(endedPath(dir, state.info.id), JSON.stringify(state), { mode: 0o600 });
  } catch {
    // The log has the trials.
  }
}
