/**
 * Builds shared libraries of several translation units. Most of them are kernels, and most kernels are in several networks of a session: each unit
 * becomes an object once (starting a compiler costs some 15 ms, a kernel 50), on all cores, and stays in the cache; linking them takes 20 ms.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../base/result.js';
import { SYMBOL_PATTERN } from '../target/abi.js';
import type { Workspace } from '../target/kernel/ir.js';
import type { CCompiler } from './compiler.js';
import type { MeasureError } from './errors.js';
import type { BuildOutcome } from './interface.js';

/** Compiled and linked into one library. What a unit defines for the others alone is hidden; names that are global in any of them are distinct. */
export interface LibrarySource {
  /** What is called from outside. */
  readonly symbol: string;
  /** Units that other libraries may have too. */
  readonly shared: readonly string[];
  /** The unit that is compiled for this library alone. */
  readonly own: string;
  readonly workspace: Workspace;
}

/** `seconds`: of compilers; 0 from the cache. */
interface Made<T> { readonly result: Result<T, MeasureError>; readonly seconds: number }

export class LibraryBuilder {
  /** Objects that are being made, by key: libraries that are built at the same time share them. */
  private readonly making = new Map<string, Promise<Made<Uint8Array>>>();

  /** `timeoutSeconds`: for each unit. */
  constructor(private readonly compiler: CCompiler, private readonly timeoutSeconds: number) {}

  async build(source: LibrarySource): Promise<BuildOutcome> {
    const { symbol, shared, own, workspace } = source;
    const { cache, toolchain: { kernelFlags, linkFlags } } = this.compiler;
    const outcome = ({ result, seconds }: Made<string>, cached: boolean): BuildOutcome => ({ result: result.ok ? ok({ file: result.value, symbol, workspace }) : result, seconds, cached });
    if (!SYMBOL_PATTERN.test(symbol)) return outcome({ result: err({ kind: 'compile', message: `not a symbol: ${JSON.stringify(symbol).slice(0, 80)}` }), seconds: 0 }, false);
    const keys = shared.map((text) => this.compiler.key(kernelFlags, 'object', text));
    const key = this.compiler.key([...kernelFlags, ...linkFlags], 'library', ...keys, own);
    const known = await cache.find(key, '.so');
    if (known !== undefined) return outcome({ result: ok(known), seconds: 0 }, true);
    const objects = await Promise.all(shared.map((text, i) => this.objectOf(keys[i] ?? '', text)));
    return outcome(await this.link(key, own, objects), false);
  }

  /** In memory from here on, whatever becomes of the cache. */
  private objectOf(key: string, text: string): Promise<Made<Uint8Array>> {
    const known = this.making.get(key);
    if (known !== undefined) return known;
    const made = this.findOrCompile(key, text).finally(() => { this.making.delete(key); });
    this.making.set(key, made);
    return made;
  }

  private async findOrCompile(key: string, text: string): Promise<Made<Uint8Array>> {
    const { cache, toolchain } = this.compiler;
    const found = await cache.read(key, '.o');
    if (found !== undefined) return { result: ok(found), seconds: 0 };
    return this.compiler.run({ files: new Map([['kernel.c', text]]), arguments: [...toolchain.kernelFlags, '-c', 'kernel.c', '-o', 'kernel.o'], timeoutSeconds: this.timeoutSeconds }, async (folder) => {
      const file = join(folder, 'kernel.o');
      await cache.enter(key, '.o', file);
      return readFile(file);
    });
  }

  /** Of several errors the first one is told. */
  private async link(key: string, own: string, objects: readonly Made<Uint8Array>[]): Promise<Made<string>> {
    const { cache, toolchain: { kernelFlags, linkFlags } } = this.compiler;
    const files = new Map<string, string | Uint8Array>([['network.c', own]]);
    let spent = 0;
    for (const [i, { result, seconds }] of objects.entries()) {
      spent += seconds;
      if (!result.ok) return { result, seconds: spent };
      files.set(`kernel${i}.o`, result.value);
    }
    const { result, seconds } = await this.compiler.run({ files, arguments: [...kernelFlags, ...files.keys(), '-o', 'network.so', ...linkFlags], timeoutSeconds: this.timeoutSeconds }, (folder) => cache.enter(key, '.so', join(folder, 'network.so')));
    return { result, seconds: spent + seconds };
  }
}
