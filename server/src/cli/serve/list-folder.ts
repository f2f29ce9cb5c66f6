/** The logs, models and operators of a folder, for the index page. */
import { closeSync, openSync, readSync, readdirSync, statSync, type Dirent } from 'node:fs';
import path from 'node:path';
import { looksLikeTuningLog } from '../../protocol/document-kind.js';

export interface ListedFile { readonly path: string; readonly name: string; readonly kind: 'log' | 'model' | 'operator'; readonly bytes: number }

const MOST_FILES = 500;
const MOST_FOLDERS = 2000;
const MOST_DEPTH = 8;
const FIRST_BYTES = 4096;

/** By name; hidden folders, `node_modules` and symbolic links are passed over. `complete` false: there are more. */
export function listFolder(root: string): { readonly files: readonly ListedFile[]; readonly complete: boolean } {
  const files: ListedFile[] = [];
  let folders = 0;
  const visit = (folder: string, depth: number): boolean => {
    if (++folders > MOST_FOLDERS || depth > MOST_DEPTH) return false;
    let complete = true;
    for (const entry of entriesOf(folder)) {
      if (files.length >= MOST_FILES) return false;
      const at = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && entry.name !== 'node_modules') complete = visit(at, depth + 1) && complete;
      } else if (entry.isFile()) {
        const kind = kindOf(at);
        if (kind !== undefined) files.push({ path: at, name: path.relative(root, at), kind, bytes: statSync(at, { throwIfNoEntry: false })?.size ?? 0 });
      }
    }
    return complete;
  };
  const complete = visit(root, 0);
  return { files: files.sort((a, b) => a.name.localeCompare(b.name)), complete };
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function kindOf(file: string): ListedFile['kind'] | undefined {
  if (/\.onnx$/i.test(file)) return 'model';
  if (/\.tc$/i.test(file)) return 'operator';
  if (!/\.(json|jsonl|log|txt|ansor-log)$/i.test(file)) return undefined;
  return looksLikeTuningLog(beginning(file)) ? 'log' : undefined;
}

function beginning(file: string): string {
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    const buffer = Buffer.alloc(FIRST_BYTES);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, FIRST_BYTES, 0));
  } catch {
    return '';
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
