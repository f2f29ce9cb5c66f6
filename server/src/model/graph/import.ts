/** ONNX graph -> typed graph: shape inference, constant folding, dead nodes dropped. */
import { err, ok, type Result } from '../../base/result.js';
import type { OnnxGraph, OnnxNode, OnnxValue } from '../onnx/onnx-graph.js';
import { problem, type ModelProblem } from '../problem.js';
import { combineLazy, known, lazy, type HostTensor, type LazyTensor, type TensorType } from '../tensor.js';
import { attributesOf } from './attributes.js';
import { evaluateNode } from './evaluate-node.js';
import type { Graph, GraphNode, Value } from './graph.js';
import type { Operator, OperatorCall } from './operator.js';
import { OPERATORS } from './operators/table.js';

/**
 * `bound`: elements of graph inputs that decide shapes (Reshape's shape, Slice's starts, ...); such inputs become constants of the
 * compiled network. A problem with `needs` names the inputs that must be bound.
 */
export function importGraph(onnx: OnnxGraph, bound: ReadonlyMap<string, HostTensor> = new Map()): Result<Graph, ModelProblem> {
  const values = new Map<string, Value>();
  for (const [name, constant] of onnx.initializers) values.set(name, { name, dtype: constant.dtype, shape: constant.shape, constant });
  const inputs: Value[] = [];
  for (const input of onnx.inputs) {
    const value = importInput(input);
    if (!value.ok) return value;
    const elements = bound.get(input.name);
    inputs.push(value.value);
    values.set(input.name, elements === undefined ? value.value : { ...elements, name: input.name, constant: known(elements) });
  }
  const nodes: GraphNode[] = [];
  for (const node of onnx.nodes) {
    const added = importNode(node, onnx.opset, values);
    if (!added.ok) return err(withNeeds(added.error, nodes, inputs));
    if (added.value !== undefined) nodes.push(added.value);
  }
  const outputs: Value[] = [];
  for (const { name } of onnx.outputs) {
    const value = values.get(name);
    if (value === undefined) return err(problem(`no node computes the model's output "${name}": the file may be cut off`));
    outputs.push(value);
  }
  return ok({ name: onnx.name, nodes: liveNodes(nodes, outputs), inputs, outputs });
}

function importInput(input: OnnxValue): Result<Value, ModelProblem> {
  const { name, dtype, shape } = input;
  if (dtype === undefined) return err(problem(`the model's input "${name}" is not a tensor of a supported element type`));
  if (shape === undefined || shape.some((extent) => extent < 0)) {
    return err(problem(`the model's input "${name}" has no static shape: export the model with fixed sizes (for instance batch 1)`));
  }
  return ok({ name, dtype, shape });
}

/** Adds the node's outputs to `values`; undefined where they are all constants. */
function importNode(node: OnnxNode, opset: number, values: Map<string, Value>): Result<GraphNode | undefined, NeedyProblem> {
  const operator = node.domain === '' ? OPERATORS.get(node.op) : undefined;
  if (operator === undefined) return err(unsupported(node));
  const inputs: (Value | undefined)[] = [];
  for (const name of node.inputs) {
    const value = name === '' ? undefined : values.get(name);
    if (value === undefined && name !== '') return err(problem(`${node.op} "${node.name}" reads "${name}", which nothing before it computes`, node.name));
    inputs.push(value);
  }
  const call: OperatorCall = { opset, attributes: attributesOf(node.attributes), inputs, outputCount: node.outputs.filter((name) => name !== '').length };
  const types = operator.infer(call);
  if (!types.ok) return err({ ...problem(`${node.op} "${node.name}": ${types.error}`, node.name), ...unknownElements(operator, call) });
  const bad = types.value.find((type) => type.shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0));
  if (bad !== undefined) return err(problem(`${node.op} "${node.name}" would give the impossible shape [${bad.shape.join(', ')}]`, node.name));
  const constant = foldNode(operator, call, types.value);
  const outputs = types.value.map((type, i): Value => {
    const value = { name: node.outputs[i] ?? '', dtype: type.dtype, shape: type.shape };
    return i === 0 && constant !== undefined ? { ...value, constant } : value;
  });
  const made: GraphNode = { op: node.op, name: node.name, opset, attributes: call.attributes, inputs, outputs };
  const evaluated = constant === undefined ? evaluateNode(operator, made) : undefined;
  const results = outputs.map((value, i): Value => {
    const elements = evaluated?.[i];
    return elements === undefined ? value : { ...value, constant: elements };
  });
  results.forEach((value) => value.name !== '' && values.set(value.name, value));
  return ok(constant !== undefined || evaluated !== undefined ? undefined : made);
}

/** The input whose elements `infer` asked for last, where they are not known: it failed for want of them. */
function unknownElements(operator: Operator, call: OperatorCall): Pick<NeedyProblem, 'unknown'> {
  let unknown: Value | undefined;
  const watched = call.inputs.map((value): Value | undefined => (value === undefined || value.constant !== undefined ? value : {
    ...value,
    get constant() {
      unknown = value;
      return undefined;
    },
  }));
  operator.infer({ ...call, inputs: watched });
  return unknown === undefined ? {} : { unknown };
}

interface NeedyProblem extends ModelProblem { readonly unknown?: Value }

/** The problem with the graph's inputs that the unknown elements are computed from. */
function withNeeds({ unknown, ...found }: NeedyProblem, nodes: readonly GraphNode[], inputs: readonly Value[]): ModelProblem {
  if (unknown === undefined) return found;
  const sources = new Set<Value>([unknown]);
  for (const node of nodes.toReversed()) {
    if (node.outputs.some((value) => sources.has(value))) for (const input of node.inputs) if (input !== undefined) sources.add(input);
  }
  const needs = inputs.filter((input) => sources.has(input)).map((input) => input.name);
  return needs.length === 0 ? found : { ...found, needs };
}

/** The first output as a constant, computed when it is needed, if everything that it depends on is known. */
function foldNode(operator: Operator, call: OperatorCall, types: readonly TensorType[]): LazyTensor | undefined {
  const type = types[0];
  const { fold, foldType } = operator;
  if (type === undefined || types.length !== 1) return undefined;
  if (foldType !== undefined) return known(foldType(call));
  if (fold === undefined || !call.inputs.every((input) => input === undefined || input.constant !== undefined)) return undefined;
  const constants = call.inputs.flatMap((input) => input?.constant ?? []);
  if (constants.length === 0) return lazy(type, () => ok(fold(call, [], type)));
  return combineLazy(constants, type, (loaded) => {
    let next = 0;
    return fold(call, call.inputs.map((input): HostTensor | undefined => (input === undefined ? undefined : loaded[next++])), type);
  });
}

function unsupported(node: OnnxNode): ModelProblem {
  const op = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
  return {
    message: `operator ${op} (node "${node.name}") is not supported: run the model through a simplifier such as onnxslim, which may fold it away, or write this part as a .tc file and tune it by itself`,
    node: node.name,
    unsupported: op,
  };
}

/** Nodes that some output depends on, in order. */
export function liveNodes(nodes: readonly GraphNode[], outputs: readonly Value[]): GraphNode[] {
  const needed = new Set<Value>(outputs);
  const live: GraphNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((value) => needed.has(value))) continue;
    for (const input of node.inputs) if (input !== undefined) needed.add(input);
    live.push(node);
  }
  return live.reverse();
}
