/** Transforms of winograd convolutions with a kernel of 3 (Lavin and Gray 2016, section 4: F(2, 3) and F(4, 3)), as rows of coefficients. */

export type Rows = readonly (readonly number[])[];

export interface WinogradTransforms {
  /** Outputs of a tile along one dimension. */
  readonly tile: number;
  /** [tile + 2][tile + 2], of data. */
  readonly data: Rows;
  /** [tile + 2][3], of weights. */
  readonly weights: Rows;
  /** [tile][tile + 2], of products. */
  readonly inverse: Rows;
}

export const F2: WinogradTransforms = {
  tile: 2,
  data: [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]],
  weights: [[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [0, 0, 1]],
  inverse: [[1, 1, 1, 0], [0, 1, -1, -1]],
};

export const F4: WinogradTransforms = {
  tile: 4,
  data: [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]],
  weights: [[1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6], [0, 0, 1]],
  inverse: [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
};
