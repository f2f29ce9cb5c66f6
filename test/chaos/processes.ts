/** Processes of one place: those that have its marker in their environment. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Found { readonly pid: number; readonly parent: number; readonly command: string; readonly state: string }

/** All living processes whose environment has `marker` (`NAME=VALUE`), zombies not counted: those have no environment. */
export function processesOf(marker: string): Found[] {
  return readdirSync('/proc').filter((n) => /^\d+$/.test(n) && Number(n) !== process.pid).flatMap((n) => {
    try {
      if (!readFileSync(`/proc/${n}/environ`, 'latin1').split('\0').includes(marker)) return [];
      const [, state = '', parent = ''] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${n}/stat`, 'latin1')) ?? [];
      return [{ pid: Number(n), parent: Number(parent), state, command: readFileSync(`/proc/${n}/cmdline`, 'latin1').replaceAll('\0', ' ') }];
    } catch {
      return [];
    }
  });
}

export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
