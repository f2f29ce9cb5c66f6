/**
 * Grows regression trees on binned columns, second order (gradients and hessians per row), depth first: each node's histogram is
 * made from its rows or as its parent's less its sibling's. Scratch of a training, changed in place.
 */
import { defined } from '../base/assert.js';
import type { BinnedColumn } from './binning.js';
import type { Forest } from './forest.js';
import { packedGradient, packedHessian, packGradients } from './packed-sums.js';

export interface TreeParams {
  readonly maxDepth: number;
  /** Shrinkage of leaf values. */
  readonly eta: number;
  /** Least gain of a split. */
  readonly gamma: number;
  /** L2 regularisation of leaf values. */
  readonly lambda: number;
  /** Least sum of hessians in a leaf. */
  readonly minChildWeight: number;
}

/** One tree's rows and limits; gains and weights in packed units. */
interface Round {
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
  readonly used: readonly number[];
  readonly rowScores: Float64Array;
  readonly gamma: number;
  readonly lambda: number;
  readonly minChildWeight: number;
}

export class TreeGrower {
  private readonly roots: number[] = [];
  private readonly column: number[] = [];
  private readonly value: number[] = [];
  private readonly child: number[] = [];
  /** Rows, those of one node side by side. */
  private readonly order: Int32Array;
  private readonly spare: Int32Array;
  private readonly packed: Float64Array;
  /** Packed sums of a node's rows side by side, in the order of `order`. */
  private readonly nodePacked: Float64Array;
  /** Where a column's bins start in a histogram. */
  private readonly offsets: Int32Array;
  private readonly size: number;
  private readonly pool: Float64Array[] = [];
  private bestColumn = -1;
  private bestBin = -1;

  constructor(private readonly columns: readonly BinnedColumn[], n: number, private readonly params: TreeParams) {
    this.order = new Int32Array(n);
    this.spare = new Int32Array(n);
    this.packed = new Float64Array(n);
    this.nodePacked = new Float64Array(n);
    this.offsets = new Int32Array(columns.length);
    let size = 0;
    columns.forEach((column, c) => {
      this.offsets[c] = size;
      size += column.cuts.length + 1;
    });
    this.size = size;
  }

  /** Grows a tree on the columns of `used` (numbers in `columns`) and adds each row's leaf value to `rowScores`. */
  grow(gradients: Float64Array, hessians: Float64Array, used: readonly number[], rowScores: Float64Array): void {
    const { order, packed, params } = this;
    const scales = packGradients(gradients, hessians, packed);
    const round = {
      gradients, hessians, used, rowScores, gamma: (params.gamma * scales.gradient ** 2) / scales.hessian,
      lambda: params.lambda * scales.hessian, minChildWeight: params.minChildWeight * scales.hessian,
    };
    let sum = 0;
    for (let r = 0; r < order.length; r++) {
      order[r] = r;
      sum += packed[r]!;
    }
    this.roots.push(this.column.length);
    const histogram = this.pool.pop() ?? new Float64Array(this.size);
    this.fill(histogram, 0, order.length, used);
    this.node(this.newNode(), 0, order.length, sum, 0, histogram, round);
    this.pool.push(histogram);
  }

  forest(): Forest {
    return {
      roots: Int32Array.from(this.roots), column: Int16Array.from(this.column), value: Float32Array.from(this.value), child: Int32Array.from(this.child),
    };
  }

  private newNode(): number {
    this.column.push(-1);
    this.value.push(0);
    this.child.push(0);
    return this.column.length - 1;
  }

  private node(id: number, from: number, to: number, sum: number, depth: number, histogram: Float64Array, round: Round): void {
    const { maxDepth } = this.params;
    this.bestColumn = -1;
    if (depth < maxDepth && to - from > 1) this.findSplit(histogram, sum, round);
    if (this.bestColumn < 0) return this.leaf(id, from, to, round);
    const split = defined(this.columns[this.bestColumn], 'the split column');
    const bin = this.bestBin;
    const offset = this.offsets[this.bestColumn]!;
    let leftSum = 0;
    for (let b = 0; b <= bin; b++) leftSum += histogram[offset + b]!;
    const left = this.newNode();
    const right = this.newNode();
    this.column[id] = split.column;
    this.value[id] = split.cuts[bin]!;
    this.child[id] = left;
    const middle = this.partition(from, to, split.bins, bin);
    const small = this.pool.pop() ?? new Float64Array(this.size);
    const leftIsSmall = middle - from <= to - middle;
    if (depth + 1 < maxDepth) {
      if (leftIsSmall) this.fill(small, from, middle, round.used);
      else this.fill(small, middle, to, round.used);
      for (let i = 0; i < histogram.length; i++) histogram[i]! -= small[i]!;
    }
    this.node(left, from, middle, leftSum, depth + 1, leftIsSmall ? small : histogram, round);
    this.node(right, middle, to, sum - leftSum, depth + 1, leftIsSmall ? histogram : small, round);
    this.pool.push(small);
  }

  private leaf(id: number, from: number, to: number, round: Round): void {
    const { order } = this;
    let g = 0;
    let h = 0;
    for (let i = from; i < to; i++) {
      g += round.gradients[order[i]!]!;
      h += round.hessians[order[i]!]!;
    }
    const leaf = Math.fround(h > 0 ? (-this.params.eta * g) / (h + this.params.lambda) : 0);
    this.value[id] = leaf;
    for (let i = from; i < to; i++) round.rowScores[order[i]!]! += leaf;
  }

  private fill(histogram: Float64Array, from: number, to: number, used: readonly number[]): void {
    const { nodePacked, order, packed, columns, offsets } = this;
    histogram.fill(0);
    for (let i = from; i < to; i++) nodePacked[i] = packed[order[i]!]!;
    let u = 0;
    for (; u + 4 <= used.length; u += 4) {
      const [a, b, c, d] = [used[u]!, used[u + 1]!, used[u + 2]!, used[u + 3]!];
      fillFour(
        histogram, offsets[a]!, offsets[b]!, offsets[c]!, offsets[d]!, columns[a]!.bins, columns[b]!.bins, columns[c]!.bins, columns[d]!.bins,
        order, nodePacked, from, to,
      );
    }
    for (; u < used.length; u++) {
      const { bins } = columns[used[u]!]!;
      const offset = offsets[used[u]!]!;
      for (let i = from; i < to; i++) histogram[offset + bins[order[i]!]!]! += nodePacked[i]!;
    }
  }

  /** Sets the best split, or bestColumn -1; of equal gains the first column and bin wins. */
  private findSplit(histogram: Float64Array, sum: number, round: Round): void {
    const { used, gamma, lambda, minChildWeight } = round;
    const sumH = packedHessian(sum);
    const sumG = packedGradient(sum, sumH);
    let best = gamma + (sumG * sumG) / (sumH + lambda);
    for (let u = 0; u < used.length; u++) {
      const c = used[u]!;
      const offset = this.offsets[c]!;
      const cuts = this.columns[c]!.cuts.length;
      let left = 0;
      for (let b = 0; b < cuts; b++) {
        const bin = histogram[offset + b]!;
        if (bin === 0) continue;
        left += bin;
        const leftH = packedHessian(left);
        const rightH = sumH - leftH;
        if (rightH <= 0 || rightH < minChildWeight) break;
        if (leftH < minChildWeight) continue;
        const leftG = packedGradient(left, leftH);
        const rightG = sumG - leftG;
        const gain = (leftG * leftG) / (leftH + lambda) + (rightG * rightG) / (rightH + lambda);
        if (gain > best) {
          best = gain;
          this.bestColumn = c;
          this.bestBin = b;
        }
      }
    }
  }

  /** Rows of bins up to `bin` first, order kept; the answer is where the others start. */
  private partition(from: number, to: number, bins: Uint8Array, bin: number): number {
    const { order, spare } = this;
    let l = from;
    let r = 0;
    for (let i = from; i < to; i++) {
      const row = order[i]!;
      if (bins[row]! <= bin) order[l++] = row;
      else spare[r++] = row;
    }
    for (let i = 0; i < r; i++) order[l + i] = spare[i]!;
    return l;
  }
}

/** Four columns in one pass over the rows. */
function fillFour(
  histogram: Float64Array, a: number, b: number, c: number, d: number, binsA: Uint8Array, binsB: Uint8Array, binsC: Uint8Array, binsD: Uint8Array,
  order: Int32Array, packed: Float64Array, from: number, to: number,
): void {
  for (let i = from; i < to; i++) {
    const r = order[i]!;
    const p = packed[i]!;
    histogram[a + binsA[r]!]! += p;
    histogram[b + binsB[r]!]! += p;
    histogram[c + binsC[r]!]! += p;
    histogram[d + binsD[r]!]! += p;
  }
}
