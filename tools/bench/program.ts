/** Runs `ansor ... --json` in a process of its own, as people do. ANSOR_PROGRAM names another build's `ansor.cjs`. */
import { spawn } from 'node:child_process';
import path from 'node:path';

/** The lines that the command prints; undefined where it failed (its message goes to our standard error). `cores`: the cores that it may use, as taskset takes them. */
export function ansorLines(args: readonly string[], cores?: string): Promise<readonly string[] | undefined> {
  const program = process.env['ANSOR_PROGRAM'] ?? path.resolve('dist/ansor.cjs');
  return new Promise((resolve) => {
    const command = [process.execPath, program, ...args, '--json'];
    const [head = '', ...rest] = cores === undefined ? command : ['taskset', '-c', cores, ...command];
    const child = spawn(head, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    let problem = '';
    child.stdout.on('data', (d: Buffer) => { text += d.toString(); });
    child.stderr.on('data', (d: Buffer) => { problem += d.toString(); });
    child.on('close', (code) => {
      if (code !== 0) console.error(`${args.join(' ')}: ${problem.trim().split('\n').at(-1) ?? ''}`);
      resolve(code === 0 ? text.trim().split('\n') : undefined);
    });
  });
}
