/** Compiled libraries by the hash of source, flags and compiler identity, in a private folder (invariant 10). */
import { createHash } from 'node:crypto';
import { chmod, copyFile, link, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';

export class BuildCache {
  private constructor(readonly directory: string) {}

  /** Makes the folder (mode 0700) if it is missing; rejects if that is impossible. */
  static async open(directory: string): Promise<BuildCache> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    const cache = new BuildCache(directory);
    await cache.sweep();
    return cache;
  }

  key(...parts: readonly string[]): string {
    const hash = createHash('sha256');
    for (const p of parts) hash.update(`${p.length}:`).update(p);
    return hash.digest('hex').slice(0, 40);
  }

  fileOf(key: string, ending: string): string {
    return join(this.directory, key + ending);
  }

  /** The file of a key, if it is there; marks it as used. */
  async find(key: string, ending: string): Promise<string | undefined> {
    const file = this.fileOf(key, ending);
    const now = new Date();
    return utimes(file, now, now).then(() => file, () => undefined);
  }

  /** The content of a key's file, if it is there. */
  async read(key: string, ending: string): Promise<Uint8Array | undefined> {
    const file = await this.find(key, ending);
    // It may be removed at any time.
    return file === undefined ? undefined : readFile(file).catch(() => undefined);
  }

  /** Enters a finished file (of this folder's file system) under a key, whole or not at all; several keys may share it. */
  async enter(key: string, ending: string, from: string): Promise<string> {
    const file = this.fileOf(key, ending);
    await link(from, file).catch(async (e: NodeJS.ErrnoException) => {
      if (e.code === 'EEXIST') return;
      // File systems without hard links.
      const part = `${file}.${process.pid}.part`;
      await copyFile(from, part);
      await rename(part, file);
    });
    return file;
  }

  /** An empty folder for one build, named after this process, so that whoever comes later can tell whether it is still in use. */
  async workFolder(): Promise<string> {
    const prefix = join(this.directory, `work-${process.pid}-`);
    return mkdtemp(prefix).catch(async (e: NodeJS.ErrnoException) => {
      if (e.code !== 'ENOENT') throw e;
      // Somebody removed the cache meanwhile.
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      return mkdtemp(prefix);
    });
  }

  /** Removes the work folders, and unfinished files, of processes that are gone. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.directory)) {
      const pid = /^work-(\d+)-/.exec(name)?.[1] ?? /\.(\d+)\.part$/.exec(name)?.[1];
      if (pid !== undefined && !processLives(Number(pid))) await rm(join(this.directory, name), { recursive: true, force: true });
    }
  }

  async removeFolder(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
  }

  /** Removes the least recently used files until at most `maxBytes` remain, and work folders that a crash left over an hour ago. */
  async prune(maxBytes: number, now: number): Promise<void> {
    const files: { readonly path: string; readonly bytes: number; readonly used: number }[] = [];
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      const s = await stat(path).catch(() => undefined);
      if (s === undefined) continue;
      if (!s.isDirectory()) files.push({ path, bytes: s.size / s.nlink, used: s.mtimeMs });
      else if (name.startsWith('work-') && now - s.mtimeMs > 3_600_000) await this.removeFolder(path);
    }
    files.sort((a, b) => b.used - a.used);
    let sum = 0;
    for (const f of files) {
      sum += f.bytes;
      if (sum > maxBytes) await unlink(f.path).catch(() => undefined);
    }
  }
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return e instanceof Error && 'code' in e && e.code === 'EPERM';
  }
}
