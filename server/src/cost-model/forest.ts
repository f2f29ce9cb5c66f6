/** Regression trees as flat arrays: what training and loading make, and what prediction walks. */

export interface Forest {
  /** First node of each tree, which stand one after the other. */
  readonly roots: Int32Array;
  /** Per node: the column that it looks at, or -1 for a leaf. */
  readonly column: Int16Array;
  /** Per inner node: rows with a smaller value go left. Per leaf: what it adds to the prediction. */
  readonly value: Float32Array;
  /** The left child of inner nodes; the right one stands next to it. */
  readonly child: Int32Array;
}

/** Rows that walk a tree together, so that the tree stays in the cache. */
const BLOCK = 256;

/** Adds the trees' sums to `out`, one number per row; `rows` has `width` numbers a row. */
export function addForest(forest: Forest, rows: Float32Array, width: number, out: Float64Array): void {
  const { roots, column, value, child } = forest;
  const n = out.length;
  for (let from = 0; from < n; from += BLOCK) {
    const to = Math.min(n, from + BLOCK);
    for (let t = 0; t < roots.length; t++) {
      const root = roots[t]!;
      for (let r = from; r < to; r++) {
        const at = r * width;
        let node = root;
        let c = column[node]!;
        while (c >= 0) {
          node = child[node]! + (rows[at + c]! < value[node]! ? 0 : 1);
          c = column[node]!;
        }
        out[r]! += value[node]!;
      }
    }
  }
}

/** Why the arrays are no forest over rows of `width` numbers, or undefined. Children stand behind their parent, so walks end. */
export function forestProblem(forest: Forest, width: number): string | undefined {
  const { roots, column, value, child } = forest;
  const nodes = column.length;
  if (value.length !== nodes || child.length !== nodes) return 'node arrays differ in length';
  for (const root of roots) if (root < 0 || root >= nodes) return `tree starts at node ${root} of ${nodes}`;
  for (let i = 0; i < nodes; i++) {
    if (!Number.isFinite(value[i])) return `node ${i} has no finite value`;
    const c = column[i]!;
    if (c < 0) continue;
    if (c >= width) return `node ${i} looks at column ${c} of ${width}`;
    if (child[i]! <= i || child[i]! + 1 >= nodes) return `node ${i} has child ${child[i]}`;
  }
  return undefined;
}
