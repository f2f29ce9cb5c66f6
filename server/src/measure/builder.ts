/**
 * Builds C kernels into shared libraries: several per translation unit (an empty one costs 20 to 60 ms), several compilers at
 * a time, results cached. When a batch fails, its members are built one by one, so that a bad candidate spoils only itself.
 */
import { join } from 'node:path';
import { err, ok, type Result } from '../base/result.js';
import { SYMBOL_PATTERN } from '../target/abi.js';
import type { Workspace } from '../target/kernel/ir.js';
import type { CCompiler } from './compiler.js';
import type { MeasureError } from './errors.js';
import { evenParts } from './even-parts.js';
import type { Builder, BuildOutcome } from './interface.js';

/** One kernel as C text. Names that are global in `text` start with `symbol`, so that kernels can share a translation unit. */
export interface CSource {
  readonly symbol: string;
  /** Definitions that all kernels of a translation unit share, written once. */
  readonly prelude: string;
  readonly text: string;
  readonly workspace: Workspace;
}

export interface BuilderOptions {
  /** Kernels per translation unit. */
  readonly batch?: number;
  /** Seconds per kernel (spec measure, section 2). */
  readonly timeoutSeconds?: number;
}

const DEFAULT_BATCH = 6;
const DEFAULT_TIMEOUT = 15;

interface Item { readonly source: CSource; readonly key: string; readonly places: number[] }

export class CBuilder implements Builder<CSource> {
  constructor(private readonly compiler: CCompiler, private readonly options: BuilderOptions = {}) {}

  async build(sources: readonly CSource[]): Promise<readonly BuildOutcome[]> {
    const outcomes = new Array<BuildOutcome>(sources.length);
    const wanted = new Map<string, Item>();
    sources.forEach((source, place) => {
      const key = this.keyOf(source);
      const known = wanted.get(key);
      if (known !== undefined) known.places.push(place);
      else wanted.set(key, { source, key, places: [place] });
    });
    const settle = (item: Item, outcome: BuildOutcome): void => {
      for (const place of item.places) outcomes[place] = outcome;
    };
    const missing: Item[] = [];
    for (const item of wanted.values()) {
      const file = await this.compiler.cache.find(item.key, '.so');
      if (file !== undefined) settle(item, success(item, file, 0, true));
      else if (SYMBOL_PATTERN.test(item.source.symbol)) missing.push(item);
      else settle(item, failure({ kind: 'compile', message: `not a symbol: ${JSON.stringify(item.source.symbol).slice(0, 80)}` }, 0));
    }
    await Promise.all(this.batches(missing).map((batch) => this.buildBatch(batch, settle)));
    return outcomes;
  }

  private keyOf(s: CSource): string {
    const { kernelFlags, linkFlags } = this.compiler.toolchain;
    return this.compiler.key([...kernelFlags, ...linkFlags], s.prelude, s.text, s.symbol);
  }

  /** Equal preludes go together; batches are even, and small enough to keep all compilers busy. */
  private batches(items: readonly Item[]): Item[][] {
    const groups = new Map<string, Item[]>();
    for (const item of items) {
      const group = groups.get(item.source.prelude);
      // Two kernels of one name cannot share a file.
      if (group === undefined || group.some((x) => x.source.symbol === item.source.symbol)) groups.set(group === undefined ? item.source.prelude : `${item.key}`, [item]);
      else group.push(item);
    }
    return [...groups.values()].flatMap((group) => evenParts(group, this.options.batch ?? DEFAULT_BATCH, this.compiler.parallel));
  }

  private async buildBatch(batch: readonly Item[], settle: (item: Item, outcome: BuildOutcome) => void): Promise<void> {
    const [only] = batch;
    if (only === undefined) return;
    const { result, seconds } = await this.compile(batch);
    const share = seconds / batch.length;
    if (result.ok) {
      batch.forEach((item, i) => { settle(item, success(item, result.value[i] ?? '', share, false)); });
    } else if (batch.length === 1) {
      settle(only, failure(result.error, share));
    } else {
      await Promise.all(batch.map((item) => this.buildBatch([item], (i, o) => { settle(i, { ...o, seconds: o.seconds + share }); })));
    }
  }

  private compile(batch: readonly Item[]): Promise<{ readonly result: Result<readonly string[], MeasureError>; readonly seconds: number }> {
    const { cache, toolchain } = this.compiler;
    const text = (batch[0]?.source.prelude ?? '') + batch.map((item) => item.source.text).join('\n');
    return this.compiler.run({
      files: new Map([['kernel.c', text]]), arguments: [...toolchain.kernelFlags, 'kernel.c', '-o', 'kernel.so', ...toolchain.linkFlags],
      timeoutSeconds: this.options.timeoutSeconds ?? DEFAULT_TIMEOUT,
    }, async (folder) => {
      const files: string[] = [];
      for (const item of batch) files.push(await cache.enter(item.key, '.so', join(folder, 'kernel.so')));
      return files;
    });
  }
}

function success(item: Item, file: string, seconds: number, cached: boolean): BuildOutcome {
  return { result: ok({ file, symbol: item.source.symbol, workspace: item.source.workspace }), seconds, cached };
}

function failure(error: MeasureError, seconds: number): BuildOutcome {
  return { result: err(error), seconds, cached: false };
}
