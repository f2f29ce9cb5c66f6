/** The child programs of the wasm runner, bundled from the sources, and modules for it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { Artifact } from '../../../server/src/measure/interface.js';
import { WasmRunner } from '../../../server/src/measure/wasm/client.js';
import { MAX_PAGES } from '../../../server/src/measure/wasm/messages.js';
import type { Program } from '../../../server/src/ir/program.js';
import { buildKernel } from '../../../server/src/target/kernel/build.js';
import type { Kernel, Workspace } from '../../../server/src/target/kernel/ir.js';
import { emitModule } from '../../../server/src/target/wasm/emit.js';
import { encodeModule, OP, type FunctionCode } from '../../../server/src/target/wasm/encoder.js';
import { BODY_TYPE, KERNEL_TYPE, PARALLEL_TYPE } from '../../../server/src/target/wasm/function-writer.js';

export interface WasmBench {
  readonly runner: WasmRunner;
  artifact(module: Uint8Array, symbol: string, workspace?: Workspace): Artifact;
  close(): Promise<void>;
}

export function startWasm(): WasmBench {
  const folder = mkdtempSync(join(tmpdir(), 'ansor-wasm-'));
  const source = (name: string): string => fileURLToPath(new URL(`../../../server/src/${name}`, import.meta.url));
  buildSync({
    entryPoints: { 'wasm-host': source('main.wasm-host.ts'), 'wasm-worker': source('main.wasm-worker.ts') },
    outdir: folder, outExtension: { '.js': '.cjs' }, bundle: true, platform: 'node', target: 'node20', format: 'cjs', logLevel: 'error',
  });
  const runner = new WasmRunner({ program: join(folder, 'wasm-host.cjs') });
  let count = 0;
  return {
    runner,
    artifact: (module, symbol, workspace = { sharedBytes: 0, threadBytes: 0 }) => {
      const file = join(folder, `m${count++}.wasm`);
      writeFileSync(file, module);
      return { file, symbol, workspace };
    },
    close: async () => {
      await runner.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A program's module and kernel. */
export function moduleOf(program: Program, relaxedFma: boolean): { readonly kernel: Kernel; readonly module: Uint8Array } {
  const kernel = buildKernel(program, { symbol: 'k', unit: { bytes: 16, registers: 16 } });
  return { kernel, module: emitModule([kernel], { relaxedFma, maxPages: MAX_PAGES }) };
}

const UNREACHABLE = 0x00;
const BR = 0x0c;
/** `loop: br 0`. */
const FOREVER = [OP.loop, 0x40, BR, 0, OP.end];

/** A kernel `k` with this code, and a parallel loop whose body has `body`, which `k` calls first (n = 2). */
function handMade(code: readonly number[], body: readonly number[] | undefined): Uint8Array {
  const loop = body === undefined ? [] : [OP.i32Const, 0, OP.localGet, 0, OP.localGet, 1, OP.localGet, 1, OP.i32Const, 2, OP.call, 0];
  const functions: FunctionCode[] = [{ type: KERNEL_TYPE, locals: [], code: [...loop, ...code], exportName: 'k' }];
  if (body !== undefined) functions.push({ type: BODY_TYPE, locals: [], code: body, exportName: 'p0' });
  return encodeModule([{ name: 'parallel', type: PARALLEL_TYPE }], functions, MAX_PAGES);
}

/** Runs `code` on worker 1 only, or on worker 0 only. */
const onWorker = (worker: number, code: readonly number[]): number[] => [OP.localGet, 5, OP.i32Const, worker, OP.i32Eq, OP.if, 0x40, ...code, OP.end];

export const BROKEN: Readonly<Record<string, Uint8Array>> = {
  trap: handMade([UNREACHABLE], undefined),
  'trap in worker 1': handMade([], onWorker(1, [UNREACHABLE])),
  'trap in worker 0': handMade([], onWorker(0, [UNREACHABLE])),
  hang: handMade(FOREVER, undefined),
  'hang in worker 1': handMade([], onWorker(1, FOREVER)),
  'access outside of memory': handMade([OP.i32Const, 0x7c, OP.i32Load, 2, 0, OP.drop], undefined),
  'no such symbol': encodeModule([], [{ type: KERNEL_TYPE, locals: [], code: [], exportName: 'other' }], MAX_PAGES),
  'unknown import': encodeModule([{ name: 'nothing', type: PARALLEL_TYPE }], [{ type: KERNEL_TYPE, locals: [], code: [], exportName: 'k' }], MAX_PAGES),
  'no module': Uint8Array.of(1, 2, 3),
};
