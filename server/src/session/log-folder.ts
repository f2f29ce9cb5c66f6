/** `LOG.d/`, the folder beside a log for what is too long for a line: whole compiler outputs, named by the hash of their content. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const LONGEST = 1024 * 1024;

/** The folder of a log. */
export function logFolder(log: string): string {
  return `${log}.d`;
}

/** Writes `text` unless it is there. The file's name; undefined where it cannot be written: a log is complete without it. */
export function keepOutput(log: string, text: string): string | undefined {
  const kept = text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}\n...`;
  const name = `${createHash('sha256').update(kept).digest('hex').slice(0, 16)}.txt`;
  try {
    mkdirSync(logFolder(log), { recursive: true });
    writeFileSync(path.join(logFolder(log), name), `${kept}\n`, { flag: 'wx' });
  } catch (e) {
    if (!(e instanceof Error && 'code' in e && e.code === 'EEXIST')) return undefined;
  }
  return name;
}
