/** `LOG.d/`, the folder beside a log for what is too long for a line: whole compiler outputs and programs that failed, named by the hash of their content. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProgramFile } from './backend.js';

const LONGEST = 1024 * 1024;
/** Programs kept beside one log. The first failures tell most; those of later ones are made again from their steps. */
const MOST_PROGRAMS = 32;

/** Names of kept programs. */
export const PROGRAM_NAME = /^[0-9a-f]{16}\.(c|wasm)$/;

/** The folder of a log. */
export function logFolder(log: string): string {
  return `${log}.d`;
}

/** Writes `text` unless it is there. The file's name; undefined where it cannot be written: a log is complete without it. */
export function keepOutput(log: string, text: string): string | undefined {
  const kept = text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}\n...`;
  return keep(log, `${kept}\n`, kept, '.txt');
}

/** Keeps programs that failed, up to a number of them beside one log, for their owner only. */
export class ProgramKeeper {
  private kept: Set<string> | undefined;

  constructor(private readonly log: string) {}

  /** The file's name; undefined if there are enough, if it is too long, or if it cannot be written. */
  keep(make: () => ProgramFile | undefined): string | undefined {
    const kept = this.kept ??= new Set(namesIn(logFolder(this.log)).filter((n) => PROGRAM_NAME.test(n)));
    if (kept.size >= MOST_PROGRAMS) return undefined;
    const program = make();
    const name = program === undefined || program.data.length > LONGEST ? undefined : keep(this.log, program.data, program.data, program.ending);
    if (name !== undefined) kept.add(name);
    return name;
  }
}

function keep(log: string, content: string | Uint8Array, hashed: string | Uint8Array, ending: string): string | undefined {
  const name = `${createHash('sha256').update(hashed).digest('hex').slice(0, 16)}${ending}`;
  try {
    mkdirSync(logFolder(log), { recursive: true, mode: 0o700 });
    writeFileSync(path.join(logFolder(log), name), content, { flag: 'wx', mode: 0o600 });
  } catch (e) {
    if (!(e instanceof Error && 'code' in e && e.code === 'EEXIST')) return undefined;
  }
  return name;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
