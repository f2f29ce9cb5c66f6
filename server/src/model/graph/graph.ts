/** The graph of a model after import: typed values, constants known, shape arithmetic folded away. ONNX's own layout (NCHW). */
import type { DType } from '../../ir/dtype.js';
import type { LazyTensor } from '../tensor.js';
import type { Attributes } from './attributes.js';
import type { LoopShape } from './called-loop.js';

/** A tensor of the graph. Identity by reference. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Its elements, where they are known at compile time. */
  readonly constant?: LazyTensor;
  /** One axis may have fewer elements in a run than `shape` says. */
  readonly extent?: RunTimeExtent;
}

/** An extent that depends on data: the value's shape has its bound, memory is planned for that, elements behind the extent are anything. */
export interface RunTimeExtent {
  readonly axis: number;
  /** int64 of shape []: the extent of this run, from 0 to the bound. */
  readonly count: Value;
}

/** A node of the model, as people find it there. */
export interface NodeRef { readonly op: string; readonly name: string }

export interface GraphNode extends NodeRef {
  /** Version of the operator set, for operators whose attributes moved. */
  readonly opset: number;
  readonly attributes: Attributes;
  /** undefined: an omitted optional input. */
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  /** Nodes that were folded into this one. */
  readonly absorbed?: readonly NodeRef[];
  /** Of the nodes around a loop's body. */
  readonly loop?: LoopShape;
}

export interface Graph {
  readonly name: string;
  /** Topological order; nodes with constant outputs are gone. */
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}
