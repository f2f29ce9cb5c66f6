/** Files that whoever reads them finds whole or not at all: written as a draft beside their place, then renamed. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** `mode`: of a file that is made, before the umask. `draft`: its name until it is whole; two processes that may write the same file need two. */
export interface WholeFileOptions { readonly mode?: number; readonly draft?: string }

/** What `writeWhole` has not finished: known, so that whoever sweeps finds what a killed process left. */
export function draftPath(file: string): string {
  return `${file}.draft`;
}

/** What was there before stays until all of it is written, and after a failure. @throws what the system says */
export function writeWhole(file: string, text: string, { mode = 0o666, draft = draftPath(file) }: WholeFileOptions = {}): void {
  try {
    writeFileSync(draft, text, { mode });
    renameSync(draft, file);
  } catch (error) {
    removeDraft(draft);
    throw error;
  }
}

/** What was not finished, if it is there and can be removed. */
export function removeDraft(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {
    // Nor was it written, or its folder takes no change: what failed first is what counts.
  }
}
