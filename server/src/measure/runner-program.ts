/** The runner process's program: compiled from the C sources beside this file, once per compiler. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../base/result.js';
import { runProcess } from '../target/c/process.js';
import type { CToolchain } from '../target/c/toolchain.js';
import type { BuildCache } from './build-cache.js';

const BUILD_MS = 120_000;

/** The path of the program; builds it if the cache has none for these sources and this compiler. */
export async function runnerProgram(toolchain: CToolchain, sourceFolder: string, cache: BuildCache): Promise<Result<string>> {
  let folder: string | undefined;
  try {
    const names = (await readdir(sourceFolder)).filter((n) => n.endsWith('.c') || n.endsWith('.h')).sort();
    const texts = await Promise.all(names.map((n) => readFile(join(sourceFolder, n), 'utf8')));
    const sources = names.filter((n) => n.endsWith('.c')).map((n) => join(sourceFolder, n));
    if (sources.length === 0) return err('the runner\'s sources are missing: reinstall the extension');
    const key = cache.key('runner', toolchain.identity, ...toolchain.hostFlags, ...names, ...texts);
    const known = await cache.find(key, '.runner');
    if (known !== undefined) return ok(known);
    folder = await cache.workFolder();
    const libraries = process.platform === 'linux' ? ['-ldl', '-lm'] : ['-lm'];
    const end = await runProcess([...toolchain.command, ...toolchain.hostFlags, ...sources, '-o', 'runner', ...libraries], { cwd: folder, temporary: folder, endWithParent: true, timeoutMs: BUILD_MS });
    if (end.code !== 0) return err(`the runner could not be built: ${end.timedOut ? 'the compiler took too long' : end.failure ?? end.stderr.slice(0, 500)}`);
    return ok(await cache.enter(key, '.runner', join(folder, 'runner')));
  } catch (e) {
    return err(`the runner could not be built: ${e instanceof Error ? e.message : String(e)}`);
  } finally {
    if (folder !== undefined) await cache.removeFolder(folder).catch(() => undefined);
  }
}
