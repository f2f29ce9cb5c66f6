/**
 * Requests for weights that come next. Packed weights lie in the order in which tiles read them, and a panel of them is read once for each tile of rows: the first time
 * from the memory, and then again from the first-level cache, while the memory waits. Asked for so far ahead that the next panel is under way during all of this
 * one, they come while the sums are formed. A layer of 7x7x512 (winograd, 16.8 MB of weights that no cache held) took 1.07 ms, and 0.55 with it.
 */
import { elementCount } from '../../ir/buffer.js';
import { dtypeBytes } from '../../ir/dtype.js';
import type { BuildContext } from './context.js';
import type { KernelStmt } from './ir.js';
import { coefficient } from './linear.js';
import type { Loop } from './nest.js';

/** How far ahead: a panel of the default rules (sketch/register-tile.ts). */
const AHEAD_BYTES = 16 * 1024;
/** Smaller tensors are in a cache. */
const LEAST_BYTES = 256 * 1024;
const LINE_BYTES = 64;
/** Multiply-adds that a request must stand beside, so that it costs nothing. */
const LEAST_SUMS = 4;

/** Requests for what `block`, the body of `loop`, will read of its inputs some iterations later. */
export function prefetches(ctx: BuildContext, loop: Loop | undefined, block: readonly KernelStmt[]): KernelStmt[] {
  if (loop === undefined || ctx.unit === undefined) return [];
  const loads = block.flatMap((s) => (s.kind === 'let' && s.value.kind === 'load' && s.value.lanes > 1 && s.value.stride === 1 ? [s.value] : []));
  const found: KernelStmt[] = [];
  for (const { buffer, index } of loads) {
    const bytes = dtypeBytes(buffer.dtype);
    const step = loads.reduce((n, other) => (other.buffer === buffer ? n + other.lanes : n), 0);
    // One stream: an iteration goes on where the one before it ended.
    if (!ctx.storage.isParam(buffer) || elementCount(buffer.shape) * bytes < LEAST_BYTES || coefficient(index, loop.var) !== step) continue;
    if ((index.constant * bytes) % LINE_BYTES === 0) found.push({ kind: 'prefetch', buffer, index: { terms: index.terms, constant: index.constant + AHEAD_BYTES / bytes } });
  }
  return found.length * LEAST_SUMS <= block.filter((s) => s.kind === 'set').length ? found : [];
}
