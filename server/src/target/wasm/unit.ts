/** The vector unit of WebAssembly. */
import type { VectorUnit } from '../kernel/ir.js';

/**
 * V8 has the 16 vector registers of x86-64 and needs some itself: one as scratch, one for each product without fused multiply-add. A tile of 4x12
 * (12 sums, 3 vectors, 1 splat number) spills and takes twice as long as one of 4x8, so 12 registers are counted on (docs/benchmarks.md).
 */
export const WASM_UNIT: VectorUnit = Object.freeze({ bytes: 16, registers: 12 });
