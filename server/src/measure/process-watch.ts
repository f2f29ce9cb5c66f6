/** Sees to it that process groups end with this process, however it ends: the runner program in its `--watch` mode (runner/watch.c). */
import { spawn, type ChildProcess } from 'node:child_process';

export class ProcessWatch {
  private child: ChildProcess | undefined;

  /** `program`: the runner's path. Started with the first group. */
  constructor(private readonly program: string) {}

  /** Watches a group until what is returned is called. Undefined if the watch cannot be started. */
  add(group: number): (() => void) | undefined {
    const child = this.child ??= this.start();
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return undefined;
    child.stdin?.write(`+${group}\n`);
    return () => { child.stdin?.write(`-${group}\n`); };
  }

  private start(): ChildProcess {
    const child = spawn(this.program, ['--watch'], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, windowsHide: true });
    child.on('error', () => undefined); // `add` looks at the process id.
    child.stdin?.on('error', () => undefined);
    child.unref();
    return child;
  }

  /** Ends the watch; groups that it still knows are killed. */
  close(): void {
    this.child?.stdin?.end();
    this.child = undefined;
  }
}
