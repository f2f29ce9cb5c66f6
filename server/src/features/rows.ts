/**
 * The rows of 164 numbers of a program, filled store by store (Ansor, section 5.2; TVM's per-store feature extractor, number for
 * number). Whoever walks a program tells what is entered, realised and stored; that may be a program or the numbers of one.
 *
 * This is the search's hot loop: one object is reused for many programs, and its tables are changed in place.
 */
import type { HardwareParams } from '../hardware/params.js';
import type { ThreadTag } from '../ir/program.js';
import type { Var } from '../ir/expr.js';
import { BufferSlots } from './buffer-slots.js';
import { writeCurve } from './intensity-curve.js';
import {
  ALLOC_INNER_PROD, ALLOC_OUTER_PROD, ALLOC_PROD, ALLOC_SIZE, AUTO_UNROLL_MAX_STEP, GROUP, IS_GPU, logarithmicColumns, NUM_LOOPS,
  OP_COLUMNS, OUTER_PROD, PARALLEL, ROW_LENGTH, THREAD_COLUMNS, THREAD_LENGTHS, UNROLLED, VECTORIZED,
} from './layout.js';
import { LoopNest, MAX_DEPTH, PARALLEL_LOOP, PLAIN, UNROLL, VECTORIZE, type LoopClass } from './loop-nest.js';
import type { StoreView } from './store-accesses.js';
import { TouchTable } from './touch-table.js';

/** Position in the thread columns; virtual threads multiply, the others replace. */
const THREAD_COLUMN: Readonly<Record<ThreadTag, number>> = {
  'blockIdx.x': 0, 'blockIdx.y': 1, 'blockIdx.z': 2, 'threadIdx.x': 3, 'threadIdx.y': 4, 'threadIdx.z': 5, vthread: 6,
};
const LOGARITHMIC = logarithmicColumns();

export class FeatureRows {
  readonly nest = new LoopNest();
  private readonly touch = new TouchTable();
  private readonly slots = new BufferSlots(this.nest, this.touch);
  private readonly threads = new Float64Array(THREAD_COLUMNS);
  private readonly ops = new Float64Array(MAX_DEPTH);
  private readonly bytes = new Float64Array(MAX_DEPTH);
  /** Row number per buffer id, or -1. */
  private readonly rowOf: number[] = [];
  private rows = new Float64Array(16 * ROW_LENGTH);
  private rowCount = 0;
  private outerProd = 1;
  private isGpu = 0;
  /** The pragma's value in force. */
  autoUnrollMaxStep = 0;
  private cacheLine = 64;

  reset(hardware: HardwareParams): void {
    this.nest.reset();
    this.touch.reset();
    this.threads.fill(1);
    this.rowOf.length = 0;
    this.rowCount = 0;
    this.outerProd = 1;
    this.isGpu = 0;
    this.autoUnrollMaxStep = 0;
    this.cacheLine = hardware.cacheLineBytes;
  }

  enterLoop(v: Var | undefined, extent: number, loopClass: LoopClass): void {
    this.enter(v, extent, loopClass, this.touch.loopKey());
  }

  leaveLoop(): void {
    const { nest } = this;
    this.outerProd = Math.fround(this.outerProd / nest.extents[nest.depth - 1]!);
    nest.pop();
  }

  /** Walks `body` inside a thread axis. */
  inThread(v: Var, extent: number, tag: ThreadTag, body: () => void): void {
    const column = THREAD_COLUMN[tag];
    const outer = this.threads[column]!;
    this.isGpu = 1;
    this.threads[column] = tag === 'vthread' ? outer * extent : extent;
    const key = this.touch.threadKey();
    this.enter(v, extent, PLAIN, key);
    body();
    this.leaveLoop();
    this.touch.releaseThreadKey(key);
    this.threads[column] = outer;
  }

  private enter(v: Var | undefined, extent: number, loopClass: LoopClass, key: number): void {
    this.nest.push(v, extent, loopClass, key);
    this.outerProd = Math.fround(this.outerProd * extent);
  }

  /** A buffer of so many elements lived around what was walked just now. */
  realized(id: number, elements: number, elementBytes: number): void {
    const row = this.rowFor(id);
    const { rows, outerProd } = this;
    rows[row + ALLOC_SIZE] = elements * elementBytes;
    rows[row + ALLOC_PROD] = elements * outerProd;
    rows[row + ALLOC_OUTER_PROD] = outerProd;
    rows[row + ALLOC_INNER_PROD] = rows[row + OUTER_PROD]! / outerProd;
  }

  /** A store in the loops that were entered. */
  stored(accesses: StoreView): void {
    const { nest, touch, ops, bytes } = this;
    const depth = nest.depth;
    accesses.openNone(depth);
    let work = accesses.floatOps();
    for (let loop = depth - 1; loop >= 0; loop--) {
      accesses.open(loop);
      const key = nest.keys[loop]!;
      let moved = 0;
      for (let a = 0; a < accesses.count; a++) {
        const access = accesses.list[a]!;
        touch.append(key, access.id, access.touched, access.bytes);
        moved += access.touched * access.bytes;
      }
      work *= nest.extents[loop]!;
      const level = depth - 1 - loop;
      ops[level] = Math.fround(work);
      bytes[level] = Math.fround(moved);
    }
    const row = this.rowFor(accesses.list[0]!.id);
    this.writeComputation(row, accesses);
    this.slots.write(this.rows, row, accesses, this.outerProd, this.cacheLine);
    writeCurve(this.rows, row, ops, bytes, depth);
    this.rows[row + OUTER_PROD] = this.outerProd;
    this.rows[row + NUM_LOOPS] = depth;
    this.rows[row + AUTO_UNROLL_MAX_STEP] = this.autoUnrollMaxStep;
  }

  /** Operation counts add up over a buffer's stores; annotations are those of the last store. */
  private writeComputation(row: number, accesses: StoreView): void {
    const { rows } = this;
    for (let i = 0; i < OP_COLUMNS; i++) {
      const n = accesses.ops[i]!;
      if (n !== 0) rows[row + i] = Math.fround(rows[row + i]! + Math.fround(this.outerProd * n));
    }
    this.writeAnnotation(row + VECTORIZED, VECTORIZE);
    this.writeAnnotation(row + UNROLLED, UNROLL);
    this.writeAnnotation(row + PARALLEL, PARALLEL_LOOP);
    rows[row + IS_GPU] = this.isGpu;
    rows.set(this.threads, row + THREAD_LENGTHS);
  }

  /** Without such a loop the product of an earlier store of the buffer stays, as in the original. */
  private writeAnnotation(at: number, loopClass: LoopClass): void {
    const { rows, nest } = this;
    let number = 0;
    let product = 1;
    let length = 0;
    for (let loop = 0; loop < nest.depth; loop++) {
      if (nest.classes[loop] !== loopClass) continue;
      number++;
      length = nest.extents[loop]!;
      product *= length;
    }
    rows[at + GROUP.number] = number;
    if (number > 0) rows[at + GROUP.product] = product;
    rows[at + GROUP.length] = length;
    rows[at + GROUP.none] = number > 0 ? 0 : 1;
    rows[at + GROUP.mixed] = number > 0 ? 1 : 0;
  }

  /** Where a buffer's row starts; a new row is one of a buffer that is never stored. */
  private rowFor(id: number): number {
    while (this.rowOf.length <= id) this.rowOf.push(-1);
    let row = this.rowOf[id]!;
    if (row < 0) {
      row = this.rowCount++ * ROW_LENGTH;
      this.rowOf[id] = row;
      if (row === this.rows.length) {
        const bigger = new Float64Array(row * 2);
        bigger.set(this.rows);
        this.rows = bigger;
      }
      this.rows.fill(0, row, row + ROW_LENGTH);
      for (const group of [VECTORIZED, UNROLLED, PARALLEL]) this.rows[row + group + GROUP.none] = 1;
    }
    return row;
  }

  /** No loop is open, and leaving them all left no rounding: what follows does not depend on what was walked. */
  get level(): boolean {
    return this.outerProd === 1;
  }

  /** How many there are. */
  get count(): number {
    return this.rowCount;
  }

  /** Signed log2(x + 1) where a column has it; last row first. */
  transformed(): Float32Array {
    const out = new Float32Array(this.rowCount * ROW_LENGTH);
    this.transformInto(out, 0);
    return out;
  }

  /** The same at `at` of `out`, which has zeros there. */
  transformInto(out: Float32Array, at: number): void {
    const { rows, rowCount } = this;
    for (let r = 0; r < rowCount; r++) {
      const to = at + (rowCount - 1 - r) * ROW_LENGTH;
      for (let c = 0; c < ROW_LENGTH; c++) {
        const x = rows[r * ROW_LENGTH + c]!;
        if (x === 0) continue;
        out[to + c] = LOGARITHMIC[c] === 0 ? x : x === 1 ? 1 : x > 0 ? Math.log2(Math.fround(Math.fround(x) + 1)) : -Math.log2(Math.fround(1 - Math.fround(x)));
      }
    }
  }
}
