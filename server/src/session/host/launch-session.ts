/** Starts a session as a detached process, the same program as `ansor tune`, and waits until it can be attached to. */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { err, ok, type Result } from '../../base/result.js';
import type { SessionState } from '../../protocol/session-state.js';
import { takeEndedOf } from './find-sessions.js';
import { lockFileOf } from './lock.js';
import { parseObject } from './lines.js';
import { readSessionInfo } from './read-info.js';
import { initialState } from './reduce.js';
import { prepareSessionDir } from './session-dir.js';

export interface LaunchOptions {
  /** `dist/ansor.cjs`. */
  readonly program: string;
  /** The command line after the program: `tune MODEL --log LOG --json ...`. */
  readonly args: readonly string[];
  readonly log: string;
  readonly sessionDir: string;
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

const START_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** What the process said last: the message of its `error` event, or else the end of its error output. */
function lastWords(dir: string): string {
  const tail = (name: string): readonly string[] => readFileSync(path.join(dir, name), 'utf8').trim().split('\n').slice(-50);
  for (const line of tail('out').toReversed()) {
    const event = parseObject(line);
    if (event?.['event'] === 'error' && typeof event['message'] === 'string') return event['message'];
  }
  return tail('err').slice(-3).join('\n');
}

/**
 * The session once it listens, or its last state if it was over before anybody could look (a log that has everything already);
 * the error is for people. The process lives on when this one ends: it has its own
 * process group and no pipe to us. It finds the session folder in `ANSOR_SESSION_DIR`.
 */
export async function launchSession(options: LaunchOptions): Promise<Result<SessionState, string>> {
  prepareSessionDir(options.sessionDir);
  const words = mkdtempSync(path.join(options.sessionDir, 'start-'));
  const files = ['out', 'err'].map((name) => openSync(path.join(words, name), 'a', 0o600));
  const [out, errors] = files;
  try {
    const child = spawn(process.execPath, [options.program, ...options.args], {
      cwd: options.cwd, detached: true, windowsHide: true, stdio: ['ignore', out, errors],
      // Inside a desktop editor the executable is Electron, which is node only when told so.
      env: { ...process.env, ...options.env, ELECTRON_RUN_AS_NODE: '1', ANSOR_SESSION_DIR: options.sessionDir },
    });
    child.unref();
    let ended: string | undefined;
    child.once('error', (error) => (ended = error.message));
    child.once('exit', (status, signal) => (ended ??= `the tuning process ended with ${signal ?? status}`));
    for (const end = performance.now() + START_MS; performance.now() < end;) {
      const info = readSessionInfo(lockFileOf(options.log));
      if (info !== 'missing' && info !== 'damaged' && info.pid === child.pid) return ok(initialState(info));
      if (ended !== undefined) {
        const last = takeEndedOf(options.sessionDir, child.pid);
        return last === undefined ? err(lastWords(words) || ended) : ok(last);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return err(`the tuning process ${child.pid} has not opened its session after ${START_MS / 1000} s`);
  } finally {
    for (const file of files) closeSync(file);
    // The child keeps writing to its open files where the system lets it; what it says from now on reaches viewers by the socket.
    rmSync(words, { recursive: true, force: true, maxRetries: 2 });
  }
}
