/** An ONNX graph as plain data: what the reader keeps of the protobuf messages. */
import type { DType } from '../../ir/dtype.js';
import type { HostTensor, LazyTensor } from '../tensor.js';

export type OnnxAttribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'tensor'; readonly value: HostTensor }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'graph'; readonly value: OnnxBody }
  /** Inside a function: the attribute of the call that is meant. */
  | { readonly kind: 'reference'; readonly value: string }
  /** Sequences and sparse tensors: no supported operator has them. */
  | { readonly kind: 'other' };

export interface OnnxNode {
  readonly op: string;
  /** '' is ONNX's own operator set. */
  readonly domain: string;
  /** The node's name; its first output's where it has none. */
  readonly name: string;
  /** Value names; '' is an omitted optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** A graph input or output. Outputs may come without a shape. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType | undefined;
  /** Extents; undefined where the file gives none. A symbolic or missing extent is -1. */
  readonly shape: readonly number[] | undefined;
  /** The names of symbolic extents; undefined at static and unnamed ones. */
  readonly symbols?: readonly (string | undefined)[];
}

/** The sub-graph of a control-flow node: it sees the values around it. */
export interface OnnxBody {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, LazyTensor>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** A function of the model: a node of this name stands for its nodes. */
export interface OnnxFunction {
  readonly opset: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Values of attributes that a call leaves out. */
  readonly defaults: ReadonlyMap<string, OnnxAttribute>;
  readonly nodes: readonly OnnxNode[];
}

export interface OnnxGraph {
  readonly name: string;
  /** Version of ONNX's own operator set. */
  readonly opset: number;
  /** Topological order. */
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, LazyTensor>;
  /** Without those that are initializers too. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** By `functionKey`. */
  readonly functions: ReadonlyMap<string, OnnxFunction>;
}

export function functionKey(domain: string, op: string): string {
  return `${domain}:${op}`;
}
