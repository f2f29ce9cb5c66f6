/**
 * A permutation of what is itself a permutation, seen with another shape in between, as one permutation of the first's source: the channel shuffle of
 * ShuffleNet is three passes as it is written (to channels first, the shuffle, back) and one as it is computed.
 */
export interface Move {
  /** The source's shape, cut as finely as the permutation needs. */
  readonly from: readonly number[];
  /** Dimension i of the result is dimension `order[i]` of `from`. */
  readonly order: readonly number[];
}

/** The move `order` of a tensor that is `first`'s result seen with `shape`; `result`: the shape of what the one move gives. Undefined where the shapes cut each other. */
export function composeMoves(first: Move, shape: readonly number[], order: readonly number[]): Move | undefined {
  const middle = first.order.map((d) => first.from[d] ?? 1);
  const cut = commonCut(middle, shape);
  if (cut === undefined) return undefined;
  // Where the parts of each dimension of the source begin in the finer source.
  const start: number[] = [];
  const from: number[] = [];
  first.from.forEach((_, d) => {
    start.push(from.length);
    from.push(...(cut.ofA[first.order.indexOf(d)] ?? []).map((part) => cut.sizes[part] ?? 1));
  });
  const place = new Map<number, number>();
  cut.ofA.forEach((parts, i) => { parts.forEach((part, k) => place.set(part, (start[first.order[i] ?? 0] ?? 0) + k)); });
  return merged(from, order.map((d) => (cut.ofB[d] ?? []).map((part) => place.get(part) ?? 0)));
}

/** Parts of one dimension of the result that follow each other in the source too are one. `groups`: the source's dimensions in each dimension of the result. */
function merged(from: readonly number[], groups: readonly (readonly number[])[]): Move {
  const runs: { readonly first: number; last: number; extent: number }[] = [];
  for (const group of groups) {
    // A dimension of 1 may come from anywhere.
    if (group.length === 0) runs.push({ first: -1, last: -1, extent: 1 });
    group.forEach((d, k) => {
      const run = k === 0 ? undefined : runs.at(-1);
      if (run === undefined || run.last !== d - 1) runs.push({ first: d, last: d, extent: from[d] ?? 1 });
      else {
        run.last = d;
        run.extent *= from[d] ?? 1;
      }
    });
  }
  const sorted = runs.slice().sort((a, b) => a.first - b.first);
  return { from: sorted.map((run) => run.extent), order: runs.map((run) => sorted.indexOf(run)) };
}

interface Cut { readonly sizes: readonly number[]; readonly ofA: readonly (readonly number[])[]; readonly ofB: readonly (readonly number[])[] }

/** The coarsest cut of row-major elements of which the dimensions of both shapes are runs; dimensions of 1 have no part in it. */
function commonCut(a: readonly number[], b: readonly number[]): Cut | undefined {
  const sizes: number[] = [];
  const ofA: number[][] = a.map(() => []);
  const ofB: number[][] = b.map(() => []);
  const queue = (shape: readonly number[]): { readonly dimension: number; left: number }[] => shape.flatMap((left, dimension) => (left === 1 ? [] : [{ dimension, left }]));
  const [inA, inB] = [queue(a), queue(b)];
  for (let [x, y] = [inA.shift(), inB.shift()]; x !== undefined && y !== undefined;) {
    const size = Math.min(x.left, y.left);
    if (size === 0 || x.left % size !== 0 || y.left % size !== 0) return undefined;
    const part = sizes.push(size) - 1;
    ofA[x.dimension]?.push(part);
    ofB[y.dimension]?.push(part);
    x.left /= size;
    y.left /= size;
    if (x.left === 1) x = inA.shift();
    if (y.left === 1) y = inB.shift();
  }
  return { sizes, ofA, ofB };
}
