/**
 * One store taken apart: its operation counts, and its accesses by buffer with index tuples and touched regions.
 * Scratch of the feature extractor, changed in place.
 */
import type { Buffer } from '../ir/buffer.js';
import { dtypeBytes, isFloat, type DType } from '../ir/dtype.js';
import type { BinaryOp, Call, Expr, Load } from '../ir/expr.js';
import type { Store } from '../ir/program.js';
import type { BufferIds } from './buffer-ids.js';
import { IndexCode } from './index-code.js';
import { BOOL_OP, FLOAT_OPS, INT_OPS, OP_COLUMNS, SELECT_OP } from './layout.js';
import { LOOP_WORDS, type LoopNest } from './loop-nest.js';

/** Offsets in the counts of floats and integers. */
const ADD_SUB = 1;
const MUL = 2;
const DIV_MOD = 3;
const COMPARE = 4;
const MATH_CALL = 5;
const OTHER_CALL = 6;

function opOffset(op: BinaryOp): number {
  switch (op) {
    case 'add': case 'sub': return ADD_SUB;
    case 'mul': return MUL;
    case 'div': case 'floordiv': case 'floormod': return DIV_MOD;
    case 'and': case 'or': return -1;
    default: return COMPARE;
  }
}

/** Calls without effects count as mathematical functions, `if_then_else` among them. */
function isPure(e: Call): boolean {
  return e.callee !== 'tir.call_extern' && e.callee !== 'tir.call_packed';
}

export const READ = 0;
export const WRITE = 1;
export const READ_WRITE = 2;

export class Access {
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

  uses(loop: number): boolean {
    return (this.loops[loop >> 5]! & (1 << (loop & 31))) !== 0;
  }
}

export class StoreAccesses {
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

  /** Operations on floats. */
  floatOps(): number {
    let n = 0;
    for (let i = FLOAT_OPS; i < INT_OPS; i++) n += this.ops[i]!;
    return n;
  }

  /** Regions and touched elements with no loop running: call before `open`. */
  openNone(depth: number): void {
    for (let i = 0; i < this.code.count; i++) this.code.evaluate(i, depth);
    for (let i = 0; i < this.count; i++) measureRegion(this.list[i]!, this.code);
  }

  /** Lets loop `loop` run as well; loops are opened from the innermost outwards. */
  open(loop: number): void {
    for (let i = 0; i < this.code.count; i++) if (this.code.uses(i, loop)) this.code.evaluate(i, loop);
    for (let i = 0; i < this.count; i++) {
      const access = this.list[i]!;
      if (access.uses(loop)) measureRegion(access, this.code);
    }
  }

  private begin(buffer: Buffer, kind: number): Access {
    let access = this.list[this.count];
    if (access === undefined) this.list.push(access = new Access());
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

  private countOp(dtype: DType, offset: number): void {
    this.ops[(isFloat(dtype) ? FLOAT_OPS : INT_OPS) + offset]!++;
  }

  private readValue(e: Expr): void {
    switch (e.kind) {
      case 'var': case 'int': case 'float': return;
      case 'binary': {
        // Floats are multiplied by the inverse of a constant.
        const offset = e.op === 'div' && e.b.kind === 'float' ? MUL : opOffset(e.op);
        if (offset < 0) this.ops[BOOL_OP]!++;
        else this.countOp(e.a.dtype, offset);
        this.readValue(e.a);
        this.readValue(e.b);
        return;
      }
      case 'not':
        this.ops[BOOL_OP]!++;
        return this.readValue(e.a);
      case 'cast': return this.readValue(e.a);
      case 'select':
        this.ops[SELECT_OP]!++;
        this.readValue(e.cond);
        this.readValue(e.then);
        return this.readValue(e.else);
      case 'call':
        this.countOp(e.dtype, isPure(e) ? MATH_CALL : OTHER_CALL);
        for (const arg of e.args) this.readValue(arg);
        return;
      case 'load':
        this.addLoad(e);
        for (const index of e.indices) this.readValue(index);
        return;
    }
  }
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
