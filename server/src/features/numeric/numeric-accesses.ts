/** The accesses of a store put together from pieces. Scratch: pieces are exchanged for each program. */
import { FLOAT_OPS, INT_OPS, OP_COLUMNS } from '../layout.js';
import type { AccessView, StoreView } from '../store-accesses.js';
import { uses, type Piece } from './piece.js';

export class NumericAccess implements AccessView {
  /** Tuple after tuple, one per dimension. */
  readonly pieces: Piece[] = [];
  touched = 0;
  region = new Float64Array(0);
  usesLow = 0;
  usesHigh = 0;

  /** `depths`: where the loops of the nest stand among all loops. */
  constructor(readonly kind: number, readonly id: number, readonly bytes: number, readonly shape: readonly number[], private readonly depths: Int32Array) {
    this.region = new Float64Array(shape.length);
  }

  /** After the pieces were exchanged. */
  settle(): void {
    let low = 0;
    let high = 0;
    const { pieces, region, shape } = this;
    for (let i = 0; i < pieces.length; i++) {
      low |= pieces[i]!.usesLow;
      high |= pieces[i]!.usesHigh;
    }
    this.usesLow = low;
    this.usesHigh = high;
    for (let d = 0; d < shape.length; d++) region[d] = this.extentAt(d, 0);
  }

  private extentAt(d: number, p: number): number {
    const { pieces } = this;
    const rank = this.shape.length;
    if (pieces.length === rank) return pieces[d]!.extent[p]!;
    let lo = Infinity;
    let hi = -Infinity;
    for (let at = d; at < pieces.length; at += rank) {
      lo = Math.min(lo, pieces[at]!.lo[p]!);
      hi = Math.max(hi, pieces[at]!.hi[p]!);
    }
    return (hi - lo + 1) | 0;
  }

  measure(p: number): void {
    const { pieces } = this;
    const rank = this.shape.length;
    let touched = 1;
    if (pieces.length === rank) for (let d = 0; d < rank; d++) touched *= pieces[d]!.extent[p]!;
    else for (let d = 0; d < rank; d++) touched *= this.extentAt(d, p);
    this.touched = Math.max(touched, 0);
  }

  usesDepth(p: number): boolean {
    return uses(this.usesLow, this.usesHigh, p);
  }

  uses(loop: number): boolean {
    return uses(this.usesLow, this.usesHigh, this.depths[loop]!);
  }

  strideOf(loop: number): number {
    const { pieces, shape } = this;
    const rank = shape.length;
    if (rank === 0) return 1;
    const p = this.depths[loop]!;
    if (!uses(this.usesLow, this.usesHigh, p)) return 0;
    let least = Infinity;
    for (let tuple = 0; tuple < pieces.length; tuple += rank) {
      let shapeStride = 1;
      for (let d = rank - 1; d >= 0; d--) {
        const piece = pieces[tuple + d]!;
        if (uses(piece.usesLow, piece.usesHigh, p)) {
          least = Math.min(least, Math.abs(piece.coefficient(p)) * shapeStride);
          break;
        }
        shapeStride *= shape[d]!;
      }
    }
    return least;
  }
}

export class NumericStore implements StoreView {
  readonly ops = new Int32Array(OP_COLUMNS);

  /** `last`: the number of all loops around the store. */
  constructor(readonly list: readonly NumericAccess[], private readonly depths: Int32Array, private readonly last: number) {}

  get count(): number {
    return this.list.length;
  }

  floatOps(): number {
    let n = 0;
    for (let i = FLOAT_OPS; i < INT_OPS; i++) n += this.ops[i]!;
    return n;
  }

  openNone(): void {
    const { list, last } = this;
    for (let a = 0; a < list.length; a++) list[a]!.measure(last);
  }

  open(loop: number): void {
    const { list } = this;
    const p = this.depths[loop]!;
    for (let a = 0; a < list.length; a++) {
      const access = list[a]!;
      if (access.usesDepth(p)) access.measure(p);
    }
  }
}
