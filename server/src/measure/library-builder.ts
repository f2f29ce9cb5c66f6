/**
 * Builds shared libraries of several translation units. Most of them are kernels, and most kernels are in several networks of a session: each unit
 * becomes an object once, on all cores, and stays in the cache. Each costs some 15 ms beside its own 50; linking them takes 20 ms.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defined } from '../base/assert.js';
import { err, ok, type Result } from '../base/result.js';
import { SYMBOL_PATTERN } from '../target/abi.js';
import type { Workspace } from '../target/kernel/ir.js';
import type { CCompiler } from './compiler.js';
import type { MeasureError } from './errors.js';
import { evenParts } from './even-parts.js';
import type { BuildOutcome } from './interface.js';

/** A unit that several libraries may have; what it is called with is hidden from other libraries. */
export interface SharedUnit { readonly symbol: string; readonly text: string }

/** Compiled and linked into one library. Symbols are distinct. */
export interface LibrarySource {
  /** What is called from outside. */
  readonly symbol: string;
  readonly shared: readonly SharedUnit[];
  /** The unit that is compiled for this library alone. */
  readonly own: string;
  readonly workspace: Workspace;
}

/** `seconds`: of compilers; 0 from the cache. */
interface Made<T> { readonly result: Result<T, MeasureError>; readonly seconds: number }

interface Unit extends SharedUnit { readonly key: string }

/** Units that one compiler is started for: its start is saved, but the last one may hold all others up. */
const MOST_UNITS = 3;

export class LibraryBuilder {
  /** Objects that are being made, by key: libraries that are built at the same time share them. */
  private readonly making = new Map<string, Promise<Made<Uint8Array>>>();

  /** `timeoutSeconds`: for each unit. */
  constructor(private readonly compiler: CCompiler, private readonly timeoutSeconds: number) {}

  async build({ symbol, shared, own, workspace }: LibrarySource): Promise<BuildOutcome> {
    const { cache, toolchain: { kernelFlags, linkFlags } } = this.compiler;
    const outcome = ({ result, seconds }: Made<string>, cached: boolean): BuildOutcome => ({ result: result.ok ? ok({ file: result.value, symbol, workspace }) : result, seconds, cached });
    const wrong = [symbol, ...shared.map((unit) => unit.symbol)].find((name) => !SYMBOL_PATTERN.test(name));
    if (wrong !== undefined) return outcome({ result: err({ kind: 'compile', message: `not a symbol: ${JSON.stringify(wrong).slice(0, 80)}` }), seconds: 0 }, false);
    const units = shared.map((unit): Unit => ({ ...unit, key: this.compiler.key(kernelFlags, 'object', unit.symbol, unit.text) }));
    const key = this.compiler.key([...kernelFlags, ...linkFlags], 'library', ...units.map((unit) => unit.key), own);
    const known = await cache.find(key, '.so');
    if (known !== undefined) return outcome({ result: ok(known), seconds: 0 }, true);
    return outcome(await this.link(key, own, units, await this.objectsOf(units)), false);
  }

  /** In memory from here on, whatever becomes of the cache. */
  private objectsOf(units: readonly Unit[]): Promise<readonly Made<Uint8Array>[]> {
    const fresh = units.filter(({ key }) => !this.making.has(key));
    const found = this.findOrCompile(fresh);
    for (const { key } of fresh) this.making.set(key, found.then((all) => defined(all.get(key), 'an object')).finally(() => { this.making.delete(key); }));
    return Promise.all(units.map(({ key }) => defined(this.making.get(key), 'an object')));
  }

  private async findOrCompile(units: readonly Unit[]): Promise<ReadonlyMap<string, Made<Uint8Array>>> {
    const made = new Map<string, Made<Uint8Array>>();
    const missing: Unit[] = [];
    for (const unit of units) {
      const found = await this.compiler.cache.read(unit.key, '.o');
      if (found === undefined) missing.push(unit);
      else made.set(unit.key, { result: ok(found), seconds: 0 });
    }
    const { parallel, toolchain } = this.compiler;
    await Promise.all(evenParts(missing, toolchain.objectPerSource ? MOST_UNITS : 1, parallel).map((part) => this.compile(part, (key, object) => { made.set(key, object); })));
    return made;
  }

  /** One by one if that fails, so that each error is that of one unit. */
  private async compile(units: readonly Unit[], settle: (key: string, object: Made<Uint8Array>) => void): Promise<void> {
    const { cache, toolchain } = this.compiler;
    const files = new Map(units.map(({ symbol, text }) => [`${symbol}.c`, text]));
    const [only] = units.length === 1 ? units : [];
    const names = only === undefined ? [] : ['-o', `${only.symbol}.o`];
    const { result, seconds } = await this.compiler.run({ files, arguments: [...toolchain.kernelFlags, '-c', ...files.keys(), ...names], timeoutSeconds: this.timeoutSeconds }, async (folder) => {
      const file = (unit: Unit): string => join(folder, `${unit.symbol}.o`);
      const objects = await Promise.all(units.map((unit) => readFile(file(unit))));
      for (const unit of units) await cache.enter(unit.key, '.o', file(unit));
      return objects;
    });
    const share = seconds / units.length;
    if (!result.ok && units.length > 1) await Promise.all(units.map((unit) => this.compile([unit], (key, object) => { settle(key, { ...object, seconds: object.seconds + share }); })));
    else units.forEach(({ key }, i) => { settle(key, { result: result.ok ? ok(defined(result.value[i], 'an object')) : result, seconds: share }); });
  }

  /** Of several errors the first one is told. */
  private async link(key: string, own: string, units: readonly Unit[], objects: readonly Made<Uint8Array>[]): Promise<Made<string>> {
    const { cache, toolchain: { kernelFlags, linkFlags } } = this.compiler;
    const files = new Map<string, string | Uint8Array>([['network.c', own]]);
    let spent = 0;
    for (const [i, { result, seconds }] of objects.entries()) {
      spent += seconds;
      if (!result.ok) return { result, seconds: spent };
      files.set(`${units[i]?.symbol ?? ''}.o`, result.value);
    }
    const { result, seconds } = await this.compiler.run({ files, arguments: [...kernelFlags, ...files.keys(), '-o', 'network.so', ...linkFlags], timeoutSeconds: this.timeoutSeconds }, (folder) => cache.enter(key, '.so', join(folder, 'network.so')));
    return { result, seconds: spent + seconds };
  }
}
