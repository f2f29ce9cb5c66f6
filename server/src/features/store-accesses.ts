/**
 * One store taken apart: its operation counts, and its accesses by buffer with index tuples and touched regions.
 * Scratch of the feature extractor, changed in place.
 */
import type { Buffer } from '../ir/buffer.js';
import { dtypeBytes } from '../ir/dtype.js';
import type { Expr, Load } from '../ir/expr.js';
import type { Store } from '../ir/program.js';
import type { BufferIds } from './buffer-ids.js';
import { IndexCode } from './index-code.js';
import { FLOAT_OPS, INT_OPS, OP_COLUMNS } from './layout.js';
import { LOOP_WORDS, type LoopNest } from './loop-nest.js';
import { countOps } from './value-ops.js';

export const READ = 0;
export const WRITE = 1;
export const READ_WRITE = 2;

/** What the rows want to know of one accessed buffer of a store; loops by their number in the nest. */
export interface AccessView {
  /** READ, WRITE or READ_WRITE. */
  readonly kind: number;
  /** The buffer's number. */
  readonly id: number;
  /** Of an element. */
  readonly bytes: number;
  readonly shape: readonly number[];
  /** Extents of the region while all loops run. */
  readonly region: ArrayLike<number>;
  /** Elements touched while the loops from the last opened one on run. */
  readonly touched: number;
  uses(loop: number): boolean;
  /** The stride with respect to a loop: the smallest over the index tuples, 0 where the loop does not occur. */
  strideOf(loop: number): number;
}

/** One store: the stored buffer first, then the others in the order of their first load. */
export interface StoreView {
  readonly ops: ArrayLike<number>;
  readonly list: readonly AccessView[];
  readonly count: number;
  /** Operations on floats. */
  floatOps(): number;
  /** Lets no loop run: call before `open`. */
  openNone(depth: number): void;
  /** Lets loop `loop` run as well; loops are opened from the innermost outwards. */
  open(loop: number): void;
}

export class Access implements AccessView {
  kind = READ;
  id = 0;
  bytes = 0;
  shape: readonly number[] = [];
  /** Index expressions, tuple after tuple; `tuples` of them, each as long as the shape. */
  readonly indices: number[] = [];
  tuples = 0;
  /** The set of loops that occur in any index. */
  readonly loops = new Int32Array(LOOP_WORDS);
  /** Elements touched, and extents of the region, as of the last `open`. */
  touched = 0;
  readonly region: number[] = [];

  constructor(private readonly code: IndexCode) {}

  uses(loop: number): boolean {
    return (this.loops[loop >> 5]! & (1 << (loop & 31))) !== 0;
  }

  strideOf(loop: number): number {
    const { shape, indices, code } = this;
    const rank = shape.length;
    if (rank === 0) return 1;
    if (!this.uses(loop)) return 0;
    let least = Infinity;
    for (let tuple = 0; tuple < indices.length; tuple += rank) {
      let shapeStride = 1;
      for (let d = rank - 1; d >= 0; d--) {
        const id = indices[tuple + d]!;
        if (code.uses(id, loop)) {
          least = Math.min(least, Math.abs(code.coefficient(id, loop)) * shapeStride);
          break;
        }
        shapeStride *= shape[d]!;
      }
    }
    return least;
  }
}

export class StoreAccesses implements StoreView {
  /** Operations of the stored value, in the order of the first 16 feature columns. */
  readonly ops = new Int32Array(OP_COLUMNS);
  /** The stored buffer first, then the others in the order of their first load. */
  readonly list: Access[] = [];
  count = 0;
  readonly code: IndexCode;

  constructor(nest: LoopNest, private readonly ids: BufferIds) {
    this.code = new IndexCode(nest);
  }

  read(store: Store): void {
    this.ops.fill(0);
    this.count = 0;
    this.code.reset();
    const written = this.begin(store.buffer, WRITE);
    this.addTuple(written, store.indices);
    this.readValue(store.value);
  }

  floatOps(): number {
    let n = 0;
    for (let i = FLOAT_OPS; i < INT_OPS; i++) n += this.ops[i]!;
    return n;
  }

  openNone(depth: number): void {
    for (let i = 0; i < this.code.count; i++) this.code.evaluate(i, depth);
    for (let i = 0; i < this.count; i++) measureRegion(this.list[i]!, this.code);
  }

  open(loop: number): void {
    for (let i = 0; i < this.code.count; i++) if (this.code.uses(i, loop)) this.code.evaluate(i, loop);
    for (let i = 0; i < this.count; i++) {
      const access = this.list[i]!;
      if (access.uses(loop)) measureRegion(access, this.code);
    }
  }

  private begin(buffer: Buffer, kind: number): Access {
    let access = this.list[this.count];
    if (access === undefined) this.list.push(access = new Access(this.code));
    this.count++;
    access.kind = kind;
    access.id = this.ids.of(buffer);
    access.bytes = dtypeBytes(buffer.dtype);
    access.shape = buffer.shape;
    access.indices.length = 0;
    access.tuples = 0;
    access.loops.fill(0);
    return access;
  }

  private addTuple(access: Access, indices: readonly Expr[]): void {
    access.tuples++;
    for (const index of indices) {
      const id = this.code.add(index);
      access.indices.push(id);
      this.code.collectLoops(id, access.loops, 0);
    }
  }

  private addLoad(load: Load): void {
    const id = this.ids.of(load.buffer);
    for (let i = 0; i < this.count; i++) {
      const access = this.list[i]!;
      if (access.id !== id) continue;
      if (i === 0) access.kind = READ_WRITE;
      else this.addTuple(access, load.indices);
      return;
    }
    this.addTuple(this.begin(load.buffer, READ), load.indices);
  }

  private readValue(e: Expr): void {
    countOps(e, this.ops, this.onLoad);
  }

  private readonly onLoad = (e: Load): void => {
    this.addLoad(e);
    for (const index of e.indices) this.readValue(index);
  };
}

/** Extents per dimension over all tuples together, in 32 bits as the original counts, and their product. */
function measureRegion(access: Access, code: IndexCode): void {
  const { indices, region } = access;
  const rank = access.shape.length;
  let touched = 1;
  for (let d = 0; d < rank; d++) {
    let lo = Infinity;
    let hi = -Infinity;
    for (let at = d; at < indices.length; at += rank) {
      const id = indices[at]!;
      lo = Math.min(lo, code.lo[id]!);
      hi = Math.max(hi, code.hi[id]!);
    }
    const extent = (hi - lo + 1) | 0;
    region[d] = extent;
    touched *= extent;
  }
  region.length = rank;
  access.touched = Math.max(touched, 0);
}
