/** Programs run to their end: argument arrays (never a shell), a process group of their own, a clean environment, a time limit, bounded output. */
import { spawn } from 'node:child_process';
import { cleanEnvironment } from '../clean-environment.js';

export interface ProcessEnd {
  /** Exit code; undefined if a signal or the time limit ended it, or if it could not be started. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** The signal that ended it, if one did. */
  readonly signal: string | undefined;
  /** Why it could not be started. */
  readonly failure: string | undefined;
}

export interface ProcessOptions {
  readonly cwd?: string;
  /** Folder for the temporary files of compilers; default: the system's. */
  readonly temporary?: string;
  /** It ends at once when this process does, however that happens (POSIX). */
  readonly endWithParent?: boolean;
  readonly timeoutMs: number;
}

const MAX_OUTPUT = 1 << 20;
/** Runs its arguments; at the end of its input, which is ours, kills its process group. No text becomes part of the script. */
const GUARD = 'exec 3<&0; "$@" </dev/null & c=$!; { read -r x <&3; kill -s KILL -- -$$; } >/dev/null 2>&1 & w=$!; wait $c; s=$?; kill $w 2>/dev/null; exit $s';

/** The variables that tell programs where their temporary files go. */
export function temporaryFolder(folder: string | undefined): Readonly<Record<string, string>> {
  return folder === undefined ? {} : { TMPDIR: folder, TMP: folder, TEMP: folder };
}

/** Runs `command[0]` with the remaining items as arguments. Never rejects. */
export function runProcess(command: readonly string[], options: ProcessOptions): Promise<ProcessEnd> {
  const guarded = options.endWithParent === true && process.platform !== 'win32';
  const [program = '', ...args] = guarded ? ['/bin/sh', '-c', GUARD, 'sh', ...command] : command;
  const env = { ...cleanEnvironment(), ...temporaryFolder(options.temporary) };
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: options.cwd, env, stdio: [guarded ? 'pipe' : 'ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32', windowsHide: true });
    const text = { stdout: '', stderr: '' };
    let timedOut = false;
    let failure: string | undefined;
    const collect = (name: 'stdout' | 'stderr') => (chunk: Buffer): void => {
      if (text[name].length < MAX_OUTPUT) text[name] += chunk.toString('utf8');
    };
    child.stdin?.on('error', () => undefined);
    child.stdout?.on('data', collect('stdout'));
    child.stderr?.on('data', collect('stderr'));
    const send = (signal: NodeJS.Signals): void => {
      if (child.pid === undefined) return;
      try {
        if (process.platform === 'win32') child.kill(signal);
        else process.kill(-child.pid, signal);
      } catch {
        // It has ended already.
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      send('SIGKILL');
    }, options.timeoutMs);
    let settled = false;
    const finish = (code: number | null, signal: NodeJS.Signals | null = null): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      resolve({ code: timedOut ? undefined : code ?? undefined, stdout: text.stdout, stderr: text.stderr, timedOut, signal: signal ?? undefined, failure });
    };
    child.on('error', (e) => {
      failure = e.message;
      finish(null);
    });
    child.on('close', finish);
    // What it started and left running holds nothing up.
    child.on('exit', () => { send('SIGKILL'); });
  });
}
