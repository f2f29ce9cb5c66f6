/** Tensors of the lowered network: dimensions in memory order, where the graph's values are in ONNX's order. */
import type { DType } from '../../ir/dtype.js';
import type { LazyTensor } from '../tensor.js';

/** Order of a tensor's dimensions in memory: ONNX's (N, C, spatial...) or with the channels innermost (N, spatial..., C). */
export type Layout = 'plain' | 'channels-last';

export type Origin =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'constant'; readonly constant: LazyTensor }
  /** The same memory as `of`, seen with another shape, or with another element type of as many bytes. */
  | { readonly kind: 'alias'; readonly of: Tensor }
  | { readonly kind: 'computed' };

/** Identity by reference. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly origin: Origin;
}

/** The tensor whose memory this is. */
export function rootOf(tensor: Tensor): Tensor {
  return tensor.origin.kind === 'alias' ? rootOf(tensor.origin.of) : tensor;
}

/** Dimension i of the channels-last tensor is dimension `order[i]` of the plain one. */
export function channelsLastOrder(rank: number): number[] {
  return rank < 3 ? Array.from({ length: rank }, (_, i) => i) : [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
}

/** The permutation that undoes `order`. */
export function inverseOrder(order: readonly number[]): number[] {
  const inverse = new Array<number>(order.length).fill(0);
  order.forEach((from, to) => (inverse[from] = to));
  return inverse;
}

/** Whether permuting a tensor of this shape leaves its elements where they are in memory: only extents of 1 move. */
export function movesNothing(shape: readonly number[], order: readonly number[]): boolean {
  const moved = order.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > (moved[i - 1] ?? -1));
}
