/** Transforms of winograd convolutions F(tile, kernel) (Lavin and Gray 2016, section 4), as rows of coefficients. */

export type Rows = readonly (readonly number[])[];

export interface WinogradTransforms {
  /** Outputs of a tile along one dimension, and taps of the kernel. */
  readonly tile: number;
  readonly kernel: number;
  /** Elements of data for a tile, and products: tile + kernel - 1. */
  readonly alpha: number;
  /** [alpha][alpha], of data. */
  readonly data: Rows;
  /** [alpha][kernel], of weights. */
  readonly weights: Rows;
  /** [tile][alpha], of products. */
  readonly inverse: Rows;
}

/** Points at which polynomials are multiplied: 0, then pairs of opposites, then infinity, which is not named. */
interface Points {
  readonly points: readonly number[];
  /** Of the weights, by point: 1 over the product of its distances from the others. */
  readonly scales: readonly number[];
  readonly data: Rows;
}

const FOUR: Points = {
  points: [0, 1, -1], scales: [1, 1 / 2, 1 / 2],
  data: [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]],
};

const SIX: Points = {
  points: [0, 1, -1, 2, -2], scales: [1 / 4, -1 / 6, -1 / 6, 1 / 24, 1 / 24],
  data: [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]],
};

const POINTS: readonly Points[] = [FOUR, SIX];

function transforms(tile: number, kernel: number): WinogradTransforms {
  const alpha = tile + kernel - 1;
  const found = POINTS.find(({ data }) => data.length === alpha);
  if (found === undefined) throw new Error(`assertion failed: no points for ${alpha} products`);
  const { points, scales, data } = found;
  const powers = (n: number): number[] => Array.from({ length: n }, (_, k) => k);
  return {
    tile, kernel, alpha, data,
    weights: [...points.map((point, i) => powers(kernel).map((k) => (scales[i] ?? 1) * point ** k)), powers(kernel).map((k) => (k === kernel - 1 ? 1 : 0))],
    inverse: powers(tile).map((k) => [...points.map((point) => point ** k), k === tile - 1 ? 1 : 0]),
  };
}

/** By taps of the kernel; the largest tiles first. */
export const FORMS: ReadonlyMap<number, readonly WinogradTransforms[]> = new Map([[3, [transforms(4, 3), transforms(2, 3)]], [5, [transforms(2, 5)]]]);
