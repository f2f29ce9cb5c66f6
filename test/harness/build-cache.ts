/** Folders of compiled code for tests: each test file has its own, with nothing in it but the runner, which the test command has compiled once. */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Makes `folder`. Its files are named by what they are made of, so that one that does not fit is never used. */
export function makeBuildCache(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const compiled = process.env['ANSOR_RUNNERS'];
  if (compiled === undefined) return folder;
  for (const name of readdirSync(compiled).filter((one) => one.endsWith('.runner'))) copyFileSync(path.join(compiled, name), path.join(folder, name));
  return folder;
}
