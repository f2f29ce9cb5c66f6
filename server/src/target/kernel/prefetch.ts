/**
 * Weights on their way: a reduction reads a block of an operand for one register tile after the other, so that only the first of them waits for the
 * memory, as long as it lasts, and the memory rests meanwhile. The tiles of one block ask for the next one, evenly spread over their steps.
 *   for rc.0 { for x, rc.1 { C[x] += A[x, rc] * W[rc] } }  ->  for rc.0 { for x, rc.1 { hint W[next block + a share of it]; C[x] += A[x, rc] * W[rc] } }
 * Measured (docs/benchmarks.md): on one thread a BERT layer 9.4 -> 8.0 ms, ResNet-18 10.8 -> 8.5 ms.
 */
import { elementCount, type Buffer } from '../../ir/buffer.js';
import { dtypeBytes } from '../../ir/dtype.js';
import type { BuildContext } from './context.js';
import type { KernelStmt } from './ir.js';
import { coefficient, type Linear, type Term } from './linear.js';
import type { Loop } from './nest.js';

/** An operand of fewer bytes stays in a second-level cache from call to call, or nearly so. */
const LEAST_BYTES = 128 * 1024;
/** A cache line. */
const LINE_BYTES = 64;
/** A block that is read once keeps the memory busy anyway. (Read twice: winograd of 7x7x512 in ResNet-18, 1.15 ms without hints, 0.57 with.) */
const LEAST_READS = 2;
/** Of a block with gaps, tiles with more than half of it ask for it. */
const MOST_SPREAD = 2;

type VectorLoad = { readonly buffer: Buffer; readonly index: Linear; readonly lanes: number };

/** The hints of a step inside `loops` (outermost first), whose statements are `step`: for each large parameter that is read in vectors and used again. */
export function prefetchNext(ctx: BuildContext, loops: readonly Loop[], step: readonly KernelStmt[]): KernelStmt[] {
  const reads = new Map<Buffer, VectorLoad[]>();
  for (const s of step) {
    if (s.kind !== 'let' || s.value.kind !== 'load' || s.value.lanes === 1 || s.value.stride !== 1) continue;
    const { buffer } = s.value;
    if (!ctx.storage.isParam(buffer) || elementCount(buffer.shape) * dtypeBytes(buffer.dtype) < LEAST_BYTES) continue;
    reads.set(buffer, [...reads.get(buffer) ?? [], s.value]);
  }
  return [...reads.values()].flatMap((loads) => hints(ctx, loops, loads));
}

function hints(ctx: BuildContext, loops: readonly Loop[], loads: readonly VectorLoad[]): KernelStmt[] {
  const [first] = loads.toSorted((a, b) => a.index.constant - b.index.constant);
  if (first === undefined) return [];
  const { buffer, index } = first;
  const moves = loops.map((loop) => coefficient(index, loop.var));
  if (moves.includes(undefined)) return [];
  /** The innermost loop that reads the same again, and the loop around it that goes on to the next block. */
  const again = loops.findLastIndex((loop, i) => moves[i] === 0 && loop.extent > 1 && loops.some((inner, k) => k > i && moves[k] !== 0 && inner.extent > 1));
  if (again < 0) return [];
  const onward = moves.findLastIndex((by, i) => i < again && by !== 0 && (loops[i]?.extent ?? 1) > 1);
  const inside = loops.slice(onward + 1);
  const count = (of: (i: number) => boolean): number => inside.reduce((n, loop, i) => (of(onward + 1 + i) ? n * loop.extent : n), 1);
  const block = loads.reduce((sum, load) => sum + load.lanes, 0) * count((i) => moves[i] !== 0);
  const span = loads.reduce((most, load) => Math.max(most, load.index.constant + load.lanes - index.constant), 0)
    + inside.reduce((sum, loop, i) => sum + Math.abs(moves[onward + 1 + i] ?? 0) * (loop.extent - 1), 0);
  // What does not lie together is no block, but for gaps that other tiles of its rows read: the tiles that have most of it ask for all.
  // One that is read by more steps than it has elements costs more hints than waiting.
  if (span < block || span >= MOST_SPREAD * block || count(() => true) > block || count((i) => moves[i] === 0) < LEAST_READS) return [];
  const terms: Term[] = index.terms.filter((t) => !inside.some((loop) => loop.var === t.atom));
  // Rounded up, neighbouring shares overlap by an element or two.
  let share = span;
  for (const loop of inside) {
    if (loop.extent === 1) continue;
    share = Math.ceil(share / loop.extent);
    terms.push({ atom: loop.var, key: ctx.space.nameOf(loop.var), coef: share });
  }
  const lines = Math.ceil((share * dtypeBytes(buffer.dtype)) / LINE_BYTES);
  const constant = index.constant + (onward < 0 ? span : moves[onward] ?? span);
  return Array.from({ length: lines }, (_, k): KernelStmt => ({ kind: 'prefetch', buffer, index: { terms, constant: constant + (k * LINE_BYTES) / dtypeBytes(buffer.dtype) } }));
}
