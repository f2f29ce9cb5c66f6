/** Keeps requests inside one folder: every path that a request names must lie in it, links followed. */
import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MOST_DEPTH = 8;

/** `root` and what lies in it. Symbolic links that lead out are out. */
export function isInside(root: string, file: string): boolean {
  const way = path.relative(realpathSync(root), real(path.resolve(file)));
  return way === '' || (way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way));
}

/** The real place of a file, also of one that is not there yet. */
function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    const above = path.dirname(file);
    return above === file ? file : path.join(real(above), path.basename(file));
  }
}

/** The first text in `params` that names a place outside of `root`, wherever it stands; undefined: there is none. */
export function outsider(root: string, params: unknown, depth = 0): string | undefined {
  if (typeof params === 'string') return namesOutside(root, params) ? params : undefined;
  if (typeof params !== 'object' || params === null) return undefined;
  if (depth > MOST_DEPTH) return '(too deep)';
  for (const value of Object.values(params)) {
    const found = outsider(root, value, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function namesOutside(root: string, text: string): boolean {
  if (text.includes('\0')) return true;
  // As the desk reads it: blanks around an address and line ends in it are nothing.
  if (URL.canParse(text) && !/^[a-z]:[\\/]/i.test(text)) {
    const url = new URL(text);
    if (url.protocol !== 'file:') return /^[a-z][a-z0-9+.-]*:\/\//.test(url.href);
    try {
      return !isShown(root, fileURLToPath(url));
    } catch {
      return true;
    }
  }
  return path.isAbsolute(text) && !isShown(root, text);
}

/** In the folder, and no pipe or device, which might be read forever. */
function isShown(root: string, file: string): boolean {
  if (!isInside(root, file)) return false;
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined || found.isFile() || found.isDirectory();
}
