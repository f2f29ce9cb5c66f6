/**
 * Grows one regression tree at a time on binned columns, second order (gradients and hessians per row), depth first: each node's
 * histogram is made from its rows or as its parent's less its sibling's. Scratch of a training, changed in place.
 */
import { defined } from '../base/assert.js';
import type { BinnedColumn } from './binning.js';
import type { Forest } from './forest.js';

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

export class TreeGrower {
  private readonly roots: number[] = [];
  private readonly column: number[] = [];
  private readonly value: number[] = [];
  private readonly left: number[] = [];
  private readonly right: number[] = [];
  /** Rows, those of one node side by side. */
  private readonly order: Int32Array;
  private readonly spare: Int32Array;
  /** Gradients and hessians of a node's rows side by side, in the order of `order`. */
  private readonly g: Float64Array;
  private readonly h: Float64Array;
  /** Where a column's bins start in a histogram; a bin has two numbers. */
  private readonly offsets: Int32Array;
  private readonly size: number;
  private readonly pool: Float64Array[] = [];
  private bestColumn = -1;
  private bestBin = -1;
  private bestGain = 0;

  constructor(private readonly columns: readonly BinnedColumn[], n: number, private readonly params: TreeParams) {
    this.order = new Int32Array(n);
    this.spare = new Int32Array(n);
    this.g = new Float64Array(n);
    this.h = new Float64Array(n);
    this.offsets = new Int32Array(columns.length);
    let size = 0;
    columns.forEach((column, c) => {
      this.offsets[c] = size;
      size += (column.cuts.length + 1) * 2;
    });
    this.size = size;
  }

  /**
   * Grows a tree on the columns of `used` (numbers in `columns`) and adds each row's leaf value to `rowScores`.
   * Rows of hessian 0 take part in no histogram but get their leaf's value.
   */
  grow(gradients: Float64Array, hessians: Float64Array, used: readonly number[], rowScores: Float64Array): void {
    const { order } = this;
    for (let i = 0; i < order.length; i++) order[i] = i;
    this.roots.push(this.column.length);
    let sumG = 0;
    let sumH = 0;
    for (let r = 0; r < order.length; r++) {
      sumG += gradients[r]!;
      sumH += hessians[r]!;
    }
    const histogram = this.takeHistogram();
    this.fill(histogram, 0, order.length, gradients, hessians, used);
    this.node(0, order.length, sumG, sumH, 0, histogram, gradients, hessians, used, rowScores);
    this.pool.push(histogram);
  }

  forest(trees: number): Forest {
    const nodes = trees < this.roots.length ? defined(this.roots[trees], 'a tree') : this.column.length;
    return {
      roots: Int32Array.from(this.roots.slice(0, trees)),
      column: Int16Array.from(this.column.slice(0, nodes)),
      value: Float32Array.from(this.value.slice(0, nodes)),
      left: Int32Array.from(this.left.slice(0, nodes)),
      right: Int32Array.from(this.right.slice(0, nodes)),
    };
  }

  private newNode(): number {
    this.column.push(-1);
    this.value.push(0);
    this.left.push(0);
    this.right.push(0);
    return this.column.length - 1;
  }

  private node(
    from: number, to: number, sumG: number, sumH: number, depth: number, histogram: Float64Array,
    gradients: Float64Array, hessians: Float64Array, used: readonly number[], rowScores: Float64Array,
  ): number {
    const { params, order } = this;
    const id = this.newNode();
    if (depth < params.maxDepth && to - from > 1) this.findSplit(histogram, sumG, sumH, used);
    else this.bestColumn = -1;
    if (this.bestColumn < 0) {
      const leaf = Math.fround(sumH <= 0 ? 0 : (-params.eta * sumG) / (sumH + params.lambda));
      this.value[id] = leaf;
      for (let i = from; i < to; i++) rowScores[order[i]!]! += leaf;
      return id;
    }
    const split = defined(this.columns[this.bestColumn], 'the split column');
    const bin = this.bestBin;
    this.column[id] = split.column;
    this.value[id] = split.cuts[bin]!;
    const middle = this.partition(from, to, split.bins, bin);
    const { leftG, leftH } = this.sumBins(histogram, this.bestColumn, bin);
    const small = this.takeHistogram();
    const leftIsSmall = middle - from <= to - middle;
    if (depth + 1 < params.maxDepth) {
      if (leftIsSmall) this.fill(small, from, middle, gradients, hessians, used);
      else this.fill(small, middle, to, gradients, hessians, used);
      this.subtract(histogram, small, used);
    }
    const [leftHistogram, rightHistogram] = leftIsSmall ? [small, histogram] : [histogram, small];
    this.left[id] = this.node(from, middle, leftG, leftH, depth + 1, leftHistogram, gradients, hessians, used, rowScores);
    this.right[id] = this.node(middle, to, sumG - leftG, sumH - leftH, depth + 1, rightHistogram, gradients, hessians, used, rowScores);
    this.pool.push(small);
    return id;
  }

  private takeHistogram(): Float64Array {
    return this.pool.pop() ?? new Float64Array(this.size);
  }

  private fill(histogram: Float64Array, from: number, to: number, gradients: Float64Array, hessians: Float64Array, used: readonly number[]): void {
    const { g, h, order } = this;
    histogram.fill(0);
    for (let i = from; i < to; i++) {
      const r = order[i]!;
      g[i] = gradients[r]!;
      h[i] = hessians[r]!;
    }
    for (let u = 0; u < used.length; u++) {
      const c = used[u]!;
      fillColumn(histogram, this.offsets[c]!, this.columns[c]!.bins, order, g, h, from, to);
    }
  }

  private subtract(histogram: Float64Array, other: Float64Array, used: readonly number[]): void {
    if (used.length === this.columns.length) {
      for (let i = 0; i < histogram.length; i++) histogram[i]! -= other[i]!;
      return;
    }
    for (const c of used) {
      const end = this.offsets[c]! + (this.columns[c]!.cuts.length + 1) * 2;
      for (let i = this.offsets[c]!; i < end; i++) histogram[i]! -= other[i]!;
    }
  }

  private sumBins(histogram: Float64Array, column: number, last: number): { leftG: number; leftH: number } {
    let leftG = 0;
    let leftH = 0;
    const offset = this.offsets[column]!;
    for (let b = 0; b <= last; b++) {
      leftG += histogram[offset + 2 * b]!;
      leftH += histogram[offset + 2 * b + 1]!;
    }
    return { leftG, leftH };
  }

  /** Sets the best split, or bestColumn -1; of equal gains the first column and bin wins. */
  private findSplit(histogram: Float64Array, sumG: number, sumH: number, used: readonly number[]): void {
    const { gamma, lambda, minChildWeight } = this.params;
    this.bestColumn = -1;
    this.bestGain = gamma + (sumG * sumG) / (sumH + lambda);
    for (let u = 0; u < used.length; u++) {
      const c = used[u]!;
      const cuts = this.columns[c]!.cuts.length;
      let at = this.offsets[c]!;
      let leftG = 0;
      let leftH = 0;
      for (let b = 0; b < cuts; b++, at += 2) {
        const binH = histogram[at + 1]!;
        if (binH <= EMPTY) continue;
        leftG += histogram[at]!;
        leftH += binH;
        const rightH = sumH - leftH;
        if (rightH <= EMPTY || rightH < minChildWeight) break;
        if (leftH < minChildWeight) continue;
        const rightG = sumG - leftG;
        const gain = (leftG * leftG) / (leftH + lambda) + (rightG * rightG) / (rightH + lambda);
        if (gain > this.bestGain) {
          this.bestGain = gain;
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

/** Hessian sums below this are rests of subtraction. */
const EMPTY = 1e-9;

function fillColumn(
  histogram: Float64Array, offset: number, bins: Uint8Array, order: Int32Array, g: Float64Array, h: Float64Array, from: number, to: number,
): void {
  for (let i = from; i < to; i++) {
    const at = offset + bins[order[i]!]! * 2;
    histogram[at]! += g[i]!;
    histogram[at + 1]! += h[i]!;
  }
}
