/**
 * A forest made ready for many rows: all paths of a tree have one length (leaves lead to themselves), and the way is found by
 * integer arithmetic, which for floats that are not negative orders like the floats. So there is no jump to mispredict, and four
 * rows walk at once. Rows or cuts with negative numbers take the plain walk.
 */
import { addForest, type Forest } from './forest.js';

const BLOCK = 256;

export class ForestWalk {
  private readonly column: Int32Array;
  /** Bits of the cuts, of leaves the greatest integer. */
  private readonly cut: Int32Array;
  private readonly child: Int32Array;
  private readonly depths: Int32Array;
  private readonly plain: boolean;

  constructor(private readonly forest: Forest) {
    const { roots, column, value, child } = forest;
    const bits = new Int32Array(Float32Array.from(value).buffer);
    this.column = Int32Array.from(column, (c) => Math.max(c, 0));
    this.cut = bits.map((b, node) => (column[node]! < 0 ? 0x7fffffff : b));
    this.child = child.map((c, node) => (column[node]! < 0 ? node : c));
    this.depths = roots.map((root) => depthOf(forest, root));
    this.plain = this.cut.some((b) => b < 0);
  }

  /** Adds the trees' sums to `out`, one number per row; `rows` has `width` numbers a row. */
  add(rows: Float32Array, width: number, out: Float64Array): void {
    const bits = new Int32Array(rows.buffer, rows.byteOffset, rows.length);
    if (this.plain || hasNegative(bits)) return addForest(this.forest, rows, width, out);
    const { column, cut, child, depths } = this;
    const { roots, value } = this.forest;
    const n = out.length;
    for (let from = 0; from < n; from += BLOCK) {
      const to = Math.min(n, from + BLOCK);
      for (let t = 0; t < roots.length; t++) {
        const root = roots[t]!;
        const depth = depths[t]!;
        let r = from;
        for (; r + 4 <= to; r += 4) {
          const at = r * width;
          const at1 = at + width;
          const at2 = at1 + width;
          const at3 = at2 + width;
          let n0 = root;
          let n1 = root;
          let n2 = root;
          let n3 = root;
          for (let d = 0; d < depth; d++) {
            n0 = child[n0]! + 1 + ((bits[at + column[n0]!]! - cut[n0]!) >> 31);
            n1 = child[n1]! + 1 + ((bits[at1 + column[n1]!]! - cut[n1]!) >> 31);
            n2 = child[n2]! + 1 + ((bits[at2 + column[n2]!]! - cut[n2]!) >> 31);
            n3 = child[n3]! + 1 + ((bits[at3 + column[n3]!]! - cut[n3]!) >> 31);
          }
          out[r]! += value[n0]!;
          out[r + 1]! += value[n1]!;
          out[r + 2]! += value[n2]!;
          out[r + 3]! += value[n3]!;
        }
        for (; r < to; r++) {
          const at = r * width;
          let node = root;
          for (let d = 0; d < depth; d++) node = child[node]! + 1 + ((bits[at + column[node]!]! - cut[node]!) >> 31);
          out[r]! += value[node]!;
        }
      }
    }
  }
}

function depthOf(forest: Forest, node: number): number {
  if (forest.column[node]! < 0) return 0;
  const left = forest.child[node]!;
  return 1 + Math.max(depthOf(forest, left), depthOf(forest, left + 1));
}

function hasNegative(bits: Int32Array): boolean {
  for (let i = 0; i < bits.length; i++) if (bits[i]! < 0) return true;
  return false;
}
