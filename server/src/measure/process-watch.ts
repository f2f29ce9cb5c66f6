/**
 * Sees to it that process groups end with this process, however it ends: the runner program in its `--watch` mode (runner/watch.c). If the
 * watch itself is killed, another one takes over.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { cleanEnvironment } from '../target/clean-environment.js';

/** A watch that cannot stay alive is given up. */
const MOST_STARTS = 100;

export class ProcessWatch {
  private child: ChildProcess | undefined;
  private readonly groups = new Set<number>();
  private starts = 0;
  private closed = false;

  /** `program`: the runner's path. Started with the first group. */
  constructor(private readonly program: string) {}

  /** Watches a group until what is returned is called. Undefined if the watch cannot be started. */
  add(group: number): (() => void) | undefined {
    if (this.child === undefined) this.start();
    const { child } = this;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return undefined;
    this.groups.add(group);
    child.stdin?.write(`+${group}\n`);
    return () => {
      this.groups.delete(group);
      this.child?.stdin?.write(`-${group}\n`);
    };
  }

  private start(): void {
    if (this.starts++ >= MOST_STARTS) return;
    const child = spawn(this.program, ['--watch'], { env: cleanEnvironment(), stdio: ['pipe', 'ignore', 'ignore'], detached: true, windowsHide: true });
    this.child = child;
    child.on('error', () => undefined); // `add` looks at the process id.
    child.on('exit', () => {
      if (this.child !== child || this.closed) return;
      this.child = undefined;
      if (this.groups.size > 0) this.start();
    });
    child.stdin?.on('error', () => undefined);
    for (const group of this.groups) child.stdin?.write(`+${group}\n`);
    child.unref();
  }

  /** Ends the watch; groups that it still knows are killed. */
  close(): void {
    this.closed = true;
    this.child?.stdin?.end();
    this.child = undefined;
  }
}
