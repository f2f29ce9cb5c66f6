/**
 * The five buffer slots of a row: bytes, cache lines, reuse and stride per accessed buffer (Ansor's appendix; details as in TVM's
 * feature extractor, its odd ones included). Scratch of the feature extractor.
 */
import { SLOT, SLOT_COUNT, SLOT_LENGTH, SLOTS } from './layout.js';
import type { LoopNest } from './loop-nest.js';
import { READ_WRITE, type AccessView, type StoreView } from './store-accesses.js';
import type { TouchTable } from './touch-table.js';

const MULTIPLE_READ = 0;
const SERIAL = 1;
const NO_REUSE = 2;
/** Where accessType's one-hot columns stand: read, write, read and write (the numbers of Access.kind). */
const KINDS = READ_WRITE + 1;

export class BufferSlots {
  private reuse = NO_REUSE;
  private distIter = 0;
  private distBytes = 0;
  private reuseCount = 0;
  private lines = new Float64Array(32);
  private strides = new Float64Array(32);
  private order = new Int32Array(32);

  constructor(private readonly nest: LoopNest, private readonly touch: TouchTable) {}

  /** Fills the slots of the row at `row`; the touch table holds this store's entries already. */
  write(rows: Float64Array, row: number, store: StoreView, outerProd: number, cacheLine: number): void {
    const n = store.count;
    this.measure(store, outerProd, cacheLine);
    this.sort(store);
    rows.fill(0, row + SLOTS, row + SLOTS + SLOT_COUNT * SLOT_LENGTH);
    const used = Math.min(n, SLOT_COUNT);
    for (let slot = 0; slot < used; slot++) {
      this.writeSlot(rows, row + SLOTS + slot * SLOT_LENGTH, store, this.order[slot]!, outerProd, cacheLine);
    }
  }

  /** Stride and lines of every access. */
  private measure(store: StoreView, outerProd: number, cacheLine: number): void {
    const n = store.count;
    if (n > this.lines.length) {
      this.lines = new Float64Array(n * 2);
      this.strides = new Float64Array(n * 2);
      this.order = new Int32Array(n * 2);
    }
    const depth = this.nest.depth;
    for (let a = 0; a < n; a++) {
      if (depth === 0) {
        this.lines[a] = 1;
        this.strides[a] = 0;
        continue;
      }
      const access = store.list[a]!;
      let ratio = 1;
      let stride = 0;
      let loop = depth - 1;
      for (; loop >= 0; loop--) {
        stride = access.strideOf(loop);
        if (stride !== 0) break;
        ratio *= this.nest.extents[depth - 1]!;
      }
      const part = Math.min(1, Math.fround((stride * access.bytes) / cacheLine));
      this.lines[a] = Math.max(1, Math.fround(Math.fround(outerProd / ratio) * part));
      this.strides[a] = loop === depth - 1 ? stride : 0;
    }
  }

  /** By lines, then bytes, both descending; among equal ones the last met comes first. */
  private sort(store: StoreView): void {
    const { order, lines } = this;
    const n = store.count;
    for (let k = 0; k < n; k++) {
      const a = n - 1 - k;
      const bytes = store.list[a]!.bytes;
      let at = k - 1;
      while (at >= 0) {
        const other = order[at]!;
        if (lines[other]! > lines[a]! || (lines[other] === lines[a] && store.list[other]!.bytes >= bytes)) break;
        order[at + 1] = other;
        at--;
      }
      order[at + 1] = a;
    }
  }

  private writeSlot(rows: Float64Array, at: number, store: StoreView, a: number, outerProd: number, cacheLine: number): void {
    const access = store.list[a]!;
    const { nest, touch } = this;
    const bytes = Math.fround(outerProd * access.bytes);
    const lines = this.lines[a]!;
    let uniqueBytes = access.bytes;
    let uniqueLines = 1;
    if (nest.depth > 0) {
      uniqueBytes = touch.first(nest.keys[0]!, access.id) * access.bytes;
      uniqueLines = Math.max(1, Math.fround(uniqueBytes / Math.min(contiguousBytes(access, store.list[0]!), cacheLine)));
    }
    this.findReuse(access);
    const uses = this.reuseCount > 0.5 ? this.reuseCount : 0.5;
    if (access.kind < KINDS) rows[at + SLOT.accessType + access.kind] = 1;
    rows[at + SLOT.bytes] = bytes;
    rows[at + SLOT.uniqueBytes] = uniqueBytes;
    rows[at + SLOT.lines] = lines;
    rows[at + SLOT.uniqueLines] = uniqueLines;
    rows[at + SLOT.reuseType + this.reuse] = 1;
    rows[at + SLOT.reuseDistIter] = this.distIter;
    rows[at + SLOT.reuseDistBytes] = this.distBytes;
    rows[at + SLOT.reuseCount] = this.reuseCount;
    rows[at + SLOT.bytesPerReuse] = Math.fround(bytes / uses);
    rows[at + SLOT.uniqueBytesPerReuse] = Math.fround(uniqueBytes / uses);
    rows[at + SLOT.linesPerReuse] = Math.fround(lines / uses);
    rows[at + SLOT.uniqueLinesPerReuse] = Math.fround(uniqueLines / uses);
    rows[at + SLOT.stride] = this.strides[a]!;
  }

  /** The first loop from inside that repeats accesses of the buffer, and the distance between them. */
  private findReuse(access: AccessView): void {
    const { nest, touch } = this;
    let distIter = 1;
    let distBytes = -1;
    for (let loop = nest.depth - 1; loop >= 0; loop--) {
      const key = nest.keys[loop]!;
      const extent = nest.extents[loop]!;
      if (!access.uses(loop)) {
        return this.setReuse(MULTIPLE_READ, distIter, distBytes < 0 ? touch.bytesOnce(key) : distBytes, extent);
      }
      distIter *= extent;
      distBytes = touch.bytesTouched(key);
      const again = touch.entries(key, access.id) - 1;
      if (again > 0) return this.setReuse(SERIAL, touch.least(key, access.id) / extent, distBytes / extent, again);
    }
    this.setReuse(NO_REUSE, 0, 0, 0);
  }

  private setReuse(type: number, distIter: number, distBytes: number, count: number): void {
    this.reuse = type;
    this.distIter = distIter;
    this.distBytes = distBytes;
    this.reuseCount = count;
  }
}

/** Bytes in a row of memory, judged by the region of the *stored* buffer whatever the access is (kept as in the original). */
function contiguousBytes(access: AccessView, stored: AccessView): number {
  const { shape, bytes } = access;
  const { region } = stored;
  for (let d = Math.min(region.length, shape.length) - 1; d >= 0; d--) {
    if (region[d] === shape[d]) return bytes * region[d]!;
  }
  return bytes;
}
