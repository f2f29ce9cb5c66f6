/**
 * The per-store features of a program: one walk over its un-flattened loop nest, a row of 164 numbers per written or allocated
 * buffer (Ansor, section 5.2; TVM's per-store feature extractor, number for number).
 *
 * This is the search's hot loop: one extractor is reused for many programs, and its tables are changed in place.
 */
import { dtypeBytes } from '../ir/dtype.js';
import type { HardwareParams } from '../hardware/params.js';
import type { For, LoopKind, Program, Realize, Stmt, Store, ThreadAxis, ThreadTag } from '../ir/program.js';
import { BufferIds } from './buffer-ids.js';
import { BufferSlots } from './buffer-slots.js';
import { withinGpuLimits } from './gpu-limits.js';
import { writeCurve } from './intensity-curve.js';
import {
  ALLOC_INNER_PROD, ALLOC_OUTER_PROD, ALLOC_PROD, ALLOC_SIZE, AUTO_UNROLL_MAX_STEP, GROUP, IS_GPU, logarithmicColumns, NUM_LOOPS,
  OP_COLUMNS, OUTER_PROD, PARALLEL, ROW_LENGTH, THREAD_COLUMNS, THREAD_LENGTHS, UNROLLED, VECTORIZED,
} from './layout.js';
import { LoopNest, MAX_DEPTH, PARALLEL_LOOP, PLAIN, UNROLL, VECTORIZE, type LoopClass } from './loop-nest.js';
import { StoreAccesses } from './store-accesses.js';
import { TouchTable } from './touch-table.js';

const CLASSES: Readonly<Record<LoopKind, LoopClass>> = { serial: PLAIN, vectorize: VECTORIZE, unroll: UNROLL, parallel: PARALLEL_LOOP };
/** Position in the thread columns; virtual threads multiply, the others replace. */
const THREAD_COLUMN: Readonly<Record<ThreadTag, number>> = {
  'blockIdx.x': 0, 'blockIdx.y': 1, 'blockIdx.z': 2, 'threadIdx.x': 3, 'threadIdx.y': 4, 'threadIdx.z': 5, vthread: 6,
};
const LOGARITHMIC = logarithmicColumns();
const NO_FEATURES = 0;

export class FeatureExtractor {
  private readonly nest = new LoopNest();
  private readonly ids = new BufferIds();
  private readonly touch = new TouchTable();
  private readonly accesses = new StoreAccesses(this.nest, this.ids);
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
  private autoUnrollMaxStep = 0;
  private cacheLine = 64;

  /**
   * The program's rows, one after the other (rows x 164 numbers), the buffer written last first. Empty when a GPU's limits are
   * broken: such a program cannot be built.
   */
  extract(program: Program, hardware: HardwareParams): Float32Array {
    if (!withinGpuLimits(program, hardware)) return new Float32Array(NO_FEATURES);
    this.nest.reset();
    this.ids.reset();
    this.touch.reset();
    this.threads.fill(1);
    this.rowOf.length = 0;
    this.rowCount = 0;
    this.outerProd = 1;
    this.isGpu = 0;
    this.autoUnrollMaxStep = 0;
    this.cacheLine = hardware.cacheLineBytes;
    this.walk(program.body);
    return this.transformed();
  }

  private walk(s: Stmt): void {
    switch (s.kind) {
      case 'for': return this.walkFor(s);
      case 'thread': return this.walkThread(s);
      case 'realize': return this.walkRealize(s);
      case 'store': return this.visitStore(s);
      case 'if': return this.walk(s.body);
      case 'seq':
        for (const part of s.stmts) this.walk(part);
        return;
      case 'pragma': {
        const outer = this.autoUnrollMaxStep;
        this.autoUnrollMaxStep = s.autoUnrollMaxStep;
        this.walk(s.body);
        this.autoUnrollMaxStep = outer;
        return;
      }
      case 'allreduce': return;
    }
  }

  private walkFor(s: For): void {
    this.enter(s, CLASSES[s.loop], this.touch.loopKey());
  }

  private walkThread(s: ThreadAxis): void {
    const column = THREAD_COLUMN[s.tag];
    const outer = this.threads[column]!;
    this.isGpu = 1;
    this.threads[column] = s.tag === 'vthread' ? outer * s.extent : s.extent;
    const key = this.touch.threadKey();
    this.enter(s, PLAIN, key);
    this.touch.releaseThreadKey(key);
    this.threads[column] = outer;
  }

  private enter(s: For | ThreadAxis, loopClass: LoopClass, key: number): void {
    this.nest.push(s.var, s.extent, loopClass, key);
    this.outerProd = Math.fround(this.outerProd * s.extent);
    this.walk(s.body);
    this.outerProd = Math.fround(this.outerProd / s.extent);
    this.nest.pop();
  }

  /** Allocation features; they are read when the body has been walked. */
  private walkRealize(s: Realize): void {
    this.walk(s.body);
    const row = this.rowFor(this.ids.of(s.buffer));
    const { rows, outerProd } = this;
    let elements = 1;
    for (const range of s.region) elements *= range.extent;
    rows[row + ALLOC_SIZE] = elements * dtypeBytes(s.buffer.dtype);
    rows[row + ALLOC_PROD] = elements * outerProd;
    rows[row + ALLOC_OUTER_PROD] = outerProd;
    rows[row + ALLOC_INNER_PROD] = rows[row + OUTER_PROD]! / outerProd;
  }

  private visitStore(s: Store): void {
    const { nest, accesses, touch, ops, bytes } = this;
    const depth = nest.depth;
    accesses.read(s);
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
    this.writeComputation(row);
    this.slots.write(this.rows, row, accesses, this.outerProd, this.cacheLine);
    writeCurve(this.rows, row, ops, bytes, depth);
    this.rows[row + OUTER_PROD] = this.outerProd;
    this.rows[row + NUM_LOOPS] = depth;
    this.rows[row + AUTO_UNROLL_MAX_STEP] = this.autoUnrollMaxStep;
  }

  /** Operation counts add up over a buffer's stores; annotations are those of the last store. */
  private writeComputation(row: number): void {
    const { rows, accesses } = this;
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

  /** Signed log2(x + 1) where a column has it; last row first. */
  private transformed(): Float32Array {
    const { rows, rowCount } = this;
    const out = new Float32Array(rowCount * ROW_LENGTH);
    for (let r = 0; r < rowCount; r++) {
      const to = (rowCount - 1 - r) * ROW_LENGTH;
      for (let c = 0; c < ROW_LENGTH; c++) {
        const x = rows[r * ROW_LENGTH + c]!;
        if (x === 0) continue;
        out[to + c] = LOGARITHMIC[c] === 0 ? x : x === 1 ? 1 : x > 0 ? Math.log2(Math.fround(Math.fround(x) + 1)) : -Math.log2(Math.fround(1 - Math.fround(x)));
      }
    }
    return out;
  }
}
