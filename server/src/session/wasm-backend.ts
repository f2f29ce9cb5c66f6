/** The target `wasm`: our own encoder and a child process with worker threads. Needs nothing installed. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { err, ok } from '../base/result.js';
import { cpuHardware } from '../hardware/params.js';
import { parseTarget } from '../hardware/parse.js';
import { cutMessage } from '../measure/errors.js';
import { DeviceGate } from '../measure/gate.js';
import type { BuildOutcome } from '../measure/interface.js';
import { WasmRunner } from '../measure/wasm/client.js';
import { MAX_PAGES } from '../measure/wasm/messages.js';
import { CodegenError } from '../target/kernel/build.js';
import type { Kernel, Workspace } from '../target/kernel/ir.js';
import { networkWorkspace, type NetworkCode } from '../target/network.js';
import { emitModule, emitNetwork } from '../target/wasm/emit.js';
import { WASM_UNIT } from '../target/wasm/unit.js';
import type { BackendOptions, BackendResult } from './backend.js';

/** The file of binding `i` of so many; `relaxed`: in the form for engines with relaxed SIMD. */
export function moduleName(i: number, bindings: number, relaxed = false): string {
  return `model${bindings === 1 ? '' : `_${i}`}${relaxed ? '.relaxed' : ''}.wasm`;
}

export async function createWasmBackend(options: BackendOptions): Promise<BackendResult> {
  const folder = path.join(options.cacheDir, 'wasm');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (e) {
    return err({ message: `cannot use the build cache ${folder}: ${e instanceof Error ? e.message : String(e)}`, remedy: 'Make the folder writable, or name another with ANSOR_CACHE_DIR.' });
  }
  const targetText = `llvm -keys=cpu -mattr=+simd128 -mtriple=wasm32-unknown-unknown -num-cores=${options.threads}`;
  const target = parseTarget(targetText);
  if (!target.ok) return err({ message: target.error.message, remedy: 'Report this.' });
  const gate = new DeviceGate();
  const runner = new WasmRunner({ program: path.join(options.programDir, 'wasm-host.cjs') });
  const info = await runner.info();
  if (!info.ok) return err({ message: `the WebAssembly runner does not start: ${info.error.message}`, remedy: 'Rebuild with "npm run build".' });
  const wasm = { relaxedFma: info.value.features.includes('relaxed-simd'), maxPages: MAX_PAGES };
  const enter = async (symbol: string, workspace: Workspace, encode: () => Uint8Array): Promise<BuildOutcome> => {
    const start = performance.now();
    const seconds = (): number => (performance.now() - start) / 1000;
    try {
      const bytes = encode();
      const file = path.join(folder, `${createHash('sha256').update(bytes).digest('hex').slice(0, 40)}.wasm`);
      await writeFile(file, bytes, { mode: 0o600 }).catch(async (e: NodeJS.ErrnoException) => {
        if (e.code !== 'ENOENT') throw e;
        // Somebody removed the folder meanwhile.
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(file, bytes, { mode: 0o600 });
      });
      return { result: ok({ file, symbol, workspace }), seconds: seconds(), cached: false };
    } catch (e) {
      if (e instanceof CodegenError) return { result: err({ kind: 'compile', message: cutMessage(e.message) }), seconds: seconds(), cached: false };
      if (!(e instanceof Error && 'code' in e)) throw e;
      return { result: err({ kind: 'runner', mendable: true, message: cutMessage(`cannot use the build folder: ${e.message}`) }), seconds: seconds(), cached: false };
    }
  };
  return ok({
    name: 'wasm', target: target.value, targetText, hardware: cpuHardware(options.threads), unit: WASM_UNIT, threads: options.threads,
    compiler: `own encoder, ${wasm.relaxedFma ? 'relaxed SIMD' : 'SIMD'}, V8 ${process.versions.v8}`, flags: [], gate, runner,
    build: (kernels: readonly Kernel[]) => Promise.all(kernels.map((k) => enter(k.symbol, k.workspace, () => emitModule([k], wasm)))),
    buildNetwork: (network: NetworkCode) => enter(network.symbol, networkWorkspace(network), () => emitNetwork(network, wasm)),
    program: (k: Kernel) => {
      try {
        return { ending: '.wasm', data: emitModule([k], wasm) };
      } catch (e) {
        if (e instanceof CodegenError) return undefined;
        throw e;
      }
    },
    listing: (k: Kernel) => `WebAssembly module of ${emitModule([k], wasm).length} bytes`,
    deploy: (all: readonly NetworkCode[]) => {
      try {
        return Promise.resolve(ok(all.flatMap((network, i) => [false, true].map((relaxedFma) => ({ name: moduleName(i, all.length, relaxedFma), data: emitNetwork(network, { ...wasm, relaxedFma }) })))));
      } catch (e) {
        if (e instanceof CodegenError) return Promise.resolve(err(cutMessage(e.message)));
        throw e;
      }
    },
    programDir: options.programDir,
    close: (patienceMs?: number) => runner.close(patienceMs),
  });
}
