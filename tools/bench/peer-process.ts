/** A script (Python or JavaScript) that times peers: one JSON document a line in, one out. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Milliseconds of one warm call; `spread` is the distance of the quartiles over the median; `cores`, where the peer tells it: seconds of processor a second of the clock. */
export interface Figure { readonly min: number; readonly median: number; readonly spread: number; readonly cores?: number }

/** The figure with the lower median. */
export function better(a: Figure | undefined, b: Figure | undefined): Figure | undefined {
  return a === undefined || (b !== undefined && b.median < a.median) ? b : a;
}

export class PeerProcess {
  private constructor(private readonly child: ChildProcess, private readonly lines: AsyncIterator<string>, private readonly reader: Interface) {}

  /** `script`: a file of this folder. */
  static start(program: string, script: string): PeerProcess {
    const file = [path.join(path.dirname(fileURLToPath(import.meta.url)), script), path.resolve('tools/bench', script)].find((f) => existsSync(f)) ?? script;
    const child = spawn(program, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
    const reader = createInterface({ input: child.stdout });
    return new PeerProcess(child, reader[Symbol.asyncIterator](), reader);
  }

  /** A figure for each peer that is installed. */
  async ask(question: unknown): Promise<Readonly<Record<string, Figure>>> {
    this.child.stdin?.write(`${JSON.stringify(question)}\n`);
    const line = await this.lines.next();
    return line.done === true ? {} : JSON.parse(line.value) as Record<string, Figure>;
  }

  close(): void {
    this.reader.close();
    this.child.stdin?.end();
  }
}
