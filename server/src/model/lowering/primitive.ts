/** A primitive: the smallest unit of fusion, one call of the operator library. */
import type { ComputeOp } from '../../dag/op.js';
import type { Buffer } from '../../ir/buffer.js';
import type { NodeRef } from '../graph/graph.js';
import type { TensorType } from '../tensor.js';
import type { Tensor } from './tensor.js';

/**
 * How a primitive fuses (relay's operator patterns, made coarser): `anchor` has a reduction and starts a task,
 * `elementwise` maps each output element to at most one element of each input and joins its producer,
 * `injective` moves elements and starts a task of its own.
 */
export type FusionPattern = 'anchor' | 'elementwise' | 'injective';

export interface PrimitiveSpec {
  /** Part of the task's name, as relay names the operator: `nn_conv2d`, `add`, `nn_relu`. */
  readonly label: string;
  readonly pattern: FusionPattern;
  readonly inputs: readonly Tensor[];
  readonly output: TensorType;
  /** The two inputs may change places. */
  readonly commutative?: boolean;
  /** Index of the input whose layout may be rewritten where it is a constant (original: layout_free_placeholders). */
  readonly weights?: number;
  /** The stages; the last one computes the output. */
  readonly build: (inputs: readonly Buffer[]) => readonly ComputeOp[];
}

export interface Primitive extends Omit<PrimitiveSpec, 'output'> {
  readonly output: Tensor;
  /** The model's nodes that it comes from. */
  readonly nodes: readonly NodeRef[];
  /** The innermost loop around it, 0 outside of all: nothing is fused across a loop's bounds. */
  readonly loop: number;
}
