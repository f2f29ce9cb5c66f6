/** What the WebAssembly of this node can do, without starting anything. */
import type { SetupReport } from '../../protocol/setup-report.js';

/** (module (func (result v128) i32.const 0 i8x16.splat i8x16.popcnt)) */
const VECTORS = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);

export function wasmFeatures(): SetupReport['wasm'] {
  return { simd: WebAssembly.validate(VECTORS), threads: hasThreads() };
}

function hasThreads(): boolean {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}
