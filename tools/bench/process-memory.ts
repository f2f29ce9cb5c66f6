/** What a process and all that it starts take of memory, as Linux tells it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface ProcessMemory {
  readonly pid: number;
  /** The program's name. */
  readonly program: string;
  /** Resident MiB, now and at most. */
  readonly now: number;
  readonly most: number;
}

interface Seen extends ProcessMemory { readonly parent: number; readonly command: string }

function look(pid: string): Seen | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return { pid: Number(pid), parent: kib('PPid'), command, program: path.basename(command.split('\0')[0] ?? ''), now: kib('VmRSS') / 1024, most: kib('VmHWM') / 1024 };
  } catch {
    // It has ended.
    return undefined;
  }
}

/** The process `root` and its descendants that live now, but for those that have not begun their own program yet: their memory is their parent's. */
export function memoryOfTree(root: number): readonly ProcessMemory[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => look(pid) ?? []);
  const tree = all.filter(({ pid }) => pid === root);
  for (const one of tree) tree.push(...all.filter(({ parent, command }) => parent === one.pid && command !== '' && command !== one.command));
  return tree;
}
