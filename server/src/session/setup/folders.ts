/** Whether the folders that tuning writes to can be written, and how much room they have. */
import { accessSync, constants, existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FolderReport } from '../../protocol/setup-report.js';

/** The folder itself, or the nearest one above that is there: what will be made in it can be written there. */
function nearest(folder: string): string {
  let at = path.resolve(folder);
  while (!existsSync(at) && path.dirname(at) !== at) at = path.dirname(at);
  return at;
}

/** Writes a small file and removes it again; root is refused only by read-only file systems, so asking for the rights would not do. `write` false: only asks. */
export function checkFolder(purpose: FolderReport['purpose'], folder: string, write: boolean): FolderReport {
  const at = nearest(folder);
  let freeBytes: number | null = null;
  try {
    const { bavail, bsize } = statfsSync(at);
    freeBytes = bavail * bsize;
    if (write) {
      const place = mkdtempSync(path.join(at, '.ansor-check-'));
      try {
        writeFileSync(path.join(place, 'file'), 'ansor');
      } finally {
        rmSync(place, { recursive: true, force: true });
      }
    } else accessSync(at, constants.W_OK);
    return { purpose, path: folder, writable: true, freeBytes };
  } catch (e) {
    return { purpose, path: folder, writable: false, freeBytes, problem: e instanceof Error ? e.message : String(e) };
  }
}
