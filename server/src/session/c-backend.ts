/** The target `c`: a C compiler and the C runner. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { err, ok } from '../base/result.js';
import { cpuHardware } from '../hardware/params.js';
import { parseTarget } from '../hardware/parse.js';
import { BuildCache } from '../measure/build-cache.js';
import { CBuilder, type CSource } from '../measure/builder.js';
import { CCompiler } from '../measure/compiler.js';
import { DeviceGate } from '../measure/gate.js';
import { LibraryBuilder } from '../measure/library-builder.js';
import { ProcessLauncher } from '../measure/process-launcher.js';
import { RunnerClient } from '../measure/runner-client.js';
import { runnerProgram } from '../measure/runner-program.js';
import { dialectOf } from '../target/c/dialect.js';
import { printKernel } from '../target/c/print.js';
import { networkFile, networkUnits, printNetwork } from '../target/c/print-network.js';
import { findToolchain, recordTarget } from '../target/c/toolchain.js';
import { PRELUDE } from '../target/c/types.js';
import type { Kernel } from '../target/kernel/ir.js';
import { networkWorkspace, type NetworkCode } from '../target/network.js';
import type { BackendOptions, BackendResult } from './backend.js';

/** Of compiled candidates; the least recently used go first. */
const MOST_CACHED_BYTES = 2 ** 31;
/** At a time, whatever the programs' threads: all of them stand still while something is timed. Each takes some 100 MB. */
const MOST_COMPILERS = 8;
/** A unit of a network, whose programs are those to keep: nothing is gained by giving up. */
const UNIT_TIMEOUT_SECONDS = 300;

export async function createCBackend(options: BackendOptions): Promise<BackendResult> {
  const found = await findToolchain(options.compiler === undefined ? {} : { command: options.compiler });
  if (!found.ok) return found;
  const toolchain = found.value;
  const cache = await BuildCache.open(path.join(options.cacheDir, 'c')).catch((e: unknown) => String(e));
  if (typeof cache === 'string') return err({ message: `cannot use the build cache ${options.cacheDir}: ${cache}`, remedy: 'Make the folder writable, or name another with ANSOR_CACHE_DIR.' });
  const program = await runnerProgram(toolchain, path.join(options.programDir, 'runner'), cache);
  if (!program.ok) return err({ message: program.error, remedy: 'Check the compiler with "ansor devices", or use --target wasm.' });
  const targetText = recordTarget(toolchain, options.threads);
  const target = parseTarget(targetText);
  if (!target.ok) return err({ message: target.error.message, remedy: 'Report this: the compiler names its CPU in an unknown way.' });
  const gate = new DeviceGate();
  const runnerPath = async (): Promise<string> => {
    // Somebody may have removed the cache meanwhile.
    const again = existsSync(program.value) ? program : await runnerProgram(toolchain, path.join(options.programDir, 'runner'), cache);
    return again.ok ? again.value : program.value;
  };
  const runner = new RunnerClient({ gate, command: async () => [await runnerPath()] });
  const launcher = new ProcessLauncher({ program: runnerPath, gate });
  const dialect = dialectOf(toolchain);
  const compiler = new CCompiler({ toolchain, cache, parallel: Math.max(1, Math.min(MOST_COMPILERS, availableParallelism())), gate, launcher });
  const builder = new CBuilder(compiler);
  const libraries = new LibraryBuilder(compiler, UNIT_TIMEOUT_SECONDS);
  const source = (k: Kernel): CSource => ({ symbol: k.symbol, prelude: PRELUDE, text: printKernel(k, dialect), workspace: k.workspace });
  return ok({
    name: 'c', target: target.value, targetText, hardware: cpuHardware(options.threads), unit: toolchain.vector, threads: options.threads,
    compiler: toolchain.version, flags: toolchain.kernelFlags, gate, runner,
    build: (kernels: readonly Kernel[]) => builder.build(kernels.map(source)),
    buildNetwork: (network: NetworkCode) => libraries.build({ symbol: network.symbol, ...networkUnits([printNetwork(network, dialect)]), workspace: networkWorkspace(network) }),
    listing: (k: Kernel) => printKernel(k, dialect),
    program: (k: Kernel) => ({ ending: '.c', data: `/* ${toolchain.version}: ${[...toolchain.kernelFlags, ...toolchain.linkFlags].join(' ').replaceAll('*/', '* /')} */\n${PRELUDE}${printKernel(k, dialect)}` }),
    deploy: async (all: readonly NetworkCode[], tail: string) => {
      const texts = all.map((network) => printNetwork(network, dialect));
      const outcome = await libraries.build({ symbol: all[0]?.symbol ?? '', ...networkUnits(texts, tail), workspace: { sharedBytes: 0, threadBytes: 0 } });
      if (!outcome.result.ok) return err(outcome.result.error.message);
      return ok([{ name: 'model.c', data: networkFile(texts, tail) }, { name: 'libmodel.so', copyOf: outcome.result.value.file }]);
    },
    programDir: options.programDir,
    close: async (patienceMs?: number) => {
      await runner.close(patienceMs);
      await launcher.close();
      await cache.prune(MOST_CACHED_BYTES, Date.now()).catch(() => undefined);
    },
  });
}
