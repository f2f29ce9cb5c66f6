/** What the importer and the lowering know about one ONNX operator. One file per operator family in `operators/`. */
import type { Result } from '../../base/result.js';
import type { Lowering } from '../lowering/lowering.js';
import type { HostTensor, TensorType } from '../tensor.js';
import type { Attributes } from './attributes.js';
import type { GraphNode, RunTimeExtent, Value } from './graph.js';

/** A node before its outputs have types. */
export interface OperatorCall {
  readonly opset: number;
  readonly attributes: Attributes;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputCount: number;
}

export interface OutputType extends TensorType {
  /** Of an extent that this node decides: the axis, and which output (a hidden one, behind those of ONNX) holds it. */
  readonly extent?: { readonly axis: number; readonly count: number };
  /** An extent that comes from an input. */
  readonly carried?: RunTimeExtent;
}

export interface Operator {
  /** Types of the outputs, in ONNX's layout; errors are messages without the node's name. */
  readonly infer: (call: OperatorCall) => Result<readonly OutputType[]>;
  /** Says itself what becomes of inputs' run-time extents (others: run-time-extent.ts). */
  readonly takesExtents?: boolean;
  /** The first output's elements from those of the inputs (omitted ones are undefined), for shape arithmetic and weights. */
  readonly fold?: (call: OperatorCall, inputs: readonly (HostTensor | undefined)[], type: TensorType) => HostTensor;
  /** The first output from the inputs' types alone (Shape, Size). */
  readonly foldType?: (call: OperatorCall) => HostTensor;
  /** Writes the node as tensor expressions; absent for operators that only occur in shape arithmetic. */
  readonly lower?: (node: GraphNode, to: Lowering) => Result<void>;
}
