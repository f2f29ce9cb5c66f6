/** ONNX graph -> typed graph: shape inference, constant folding, dead nodes dropped. */
import { err, ok, type Result } from '../../base/result.js';
import { functionKey, type OnnxFunction, type OnnxGraph, type OnnxNode, type OnnxValue } from '../onnx/onnx-graph.js';
import { problem, type ModelProblem } from '../problem.js';
import { combineLazy, known, lazy, type HostTensor, type LazyTensor, type TensorType } from '../tensor.js';
import { attributesOf } from './attributes.js';
import { boundOf } from './bound.js';
import { expandIf, expandLoop, expandScan } from './control-flow.js';
import { noCustomOperators, type CustomOperators } from './custom-operators.js';
import { evaluateNode } from './evaluate-node.js';
import { ExpansionError, MOST_NODES, type Expander, type Expansion } from './expansion.js';
import type { Graph, GraphNode, Value } from './graph.js';
import { expandFunction } from './inline-function.js';
import { expandCausalConvolution, expandLinearAttention } from './linear-attention.js';
import type { Operator, OperatorCall } from './operator.js';
import { OPERATORS } from './operators/table.js';
import { expandRecurrent } from './recurrent.js';
import { elementsOf, expandOpen } from './run-time-elements.js';
import { carriedExtents, EXTENT_EXPANSIONS } from './run-time-extent.js';
import { Scope } from './scope.js';
import { unsupportedOperators } from './unsupported.js';

/** Nodes that stand for other nodes. */
const EXPANSIONS: ReadonlyMap<string, (at: Expansion) => readonly (Value | undefined)[]> = new Map([
  ['If', expandIf], ['Loop', expandLoop], ['Scan', expandScan], ['RNN', expandRecurrent], ['GRU', expandRecurrent], ['LSTM', expandRecurrent],
  ['CausalConvWithState', expandCausalConvolution], ['LinearAttention', expandLinearAttention],
]);
/** Whether a node of this operator can be imported. */
export function isKnown({ domain, op }: Pick<OnnxNode, 'domain' | 'op'>, functions: ReadonlyMap<string, OnnxFunction>, custom: CustomOperators): boolean {
  return functions.has(functionKey(domain, op)) || (domain === '' ? OPERATORS.has(op) || EXPANSIONS.has(op) : custom(functionKey(domain, op)) !== undefined);
}

/** Functions and sub-graphs inside each other. */
const DEEPEST = 64;

/**
 * `bound`: elements of graph inputs that decide shapes (Reshape's shape, Slice's starts, ...); such inputs become constants of the
 * compiled network. A problem with `needs` names the inputs that must be bound. `dims`: extents by the names of symbolic dimensions,
 * or by `INPUT.AXIS` where a dimension has no name.
 */
export function importGraph(onnx: OnnxGraph, bound: ReadonlyMap<string, HostTensor> = new Map(), dims: ReadonlyMap<string, number> = new Map(), custom: CustomOperators = noCustomOperators): Result<Graph, ModelProblem> {
  const values = new Scope();
  for (const [name, constant] of onnx.initializers) values.set(name, { name, dtype: constant.dtype, shape: constant.shape, constant });
  const unnamed = unboundDims(onnx, bound, dims);
  if (unnamed !== undefined) return err(unnamed);
  const inputs: Value[] = [];
  for (const input of onnx.inputs) {
    const elements = bound.get(input.name);
    const value = importInput(elements === undefined ? input : { ...input, shape: elements.shape }, dims);
    if (!value.ok) return value;
    inputs.push(elements === undefined ? value.value : { ...value.value, constant: known(elements) });
    values.set(input.name, elements === undefined ? value.value : { ...elements, name: input.name, constant: known(elements) });
  }
  const importer = new Importer(onnx.functions, custom);
  for (const node of onnx.nodes) {
    const added = importer.node(node, onnx.opset, values, 0);
    if (!added.ok) return err(added.error.unsupported === undefined ? withNeeds(added.error, importer.nodes, inputs) : unsupportedOperators(onnx, (unknown, functions) => isKnown(unknown, functions, custom)));
  }
  const outputs: Value[] = [];
  for (const { name } of onnx.outputs) {
    const value = values.get(name);
    if (value === undefined) return err(problem(`no node computes the model's output "${name}": the file may be cut off`));
    // An output that an expansion made has the name of an inner value.
    outputs.push(value.name === name ? value : { ...value, name });
    if (value.name !== name) importer.alias(value, outputs[outputs.length - 1]);
  }
  return ok({ name: onnx.name, nodes: liveNodes(importer.nodes, outputs), inputs, outputs });
}

/** The name that binds a dimension, e.g. `batch`, or `x.0` where it has none. */
function dimName(input: OnnxValue, axis: number): string {
  const symbol = input.symbols?.[axis];
  return symbol === undefined || symbol === '?' ? `${input.name}.${axis}` : symbol;
}

/** `INPUT.AXIS` binds a named dimension, too: some exporters give different dimensions one name. */
function extentOf(input: OnnxValue, axis: number, dims: ReadonlyMap<string, number>): number | undefined {
  return dims.get(`${input.name}.${axis}`) ?? dims.get(dimName(input, axis));
}

function unboundDims(onnx: OnnxGraph, bound: ReadonlyMap<string, HostTensor>, dims: ReadonlyMap<string, number>): ModelProblem | undefined {
  const open = new Set<string>();
  const all = new Set<string>();
  const places = new Set<string>();
  for (const input of onnx.inputs) {
    if (bound.has(input.name)) continue;
    input.shape?.forEach((extent, axis) => {
      if (extent >= 0) return;
      const name = dimName(input, axis);
      all.add(name);
      places.add(`${input.name}.${axis}`);
      if (extentOf(input, axis, dims) === undefined) open.add(name);
    });
  }
  const stray = [...dims.keys()].filter((name) => !all.has(name) && !places.has(name));
  const names = [...all].map((name) => `"${name}"`).join(', ');
  if (stray.length > 0) return problem(`the model has no symbolic dimension "${stray.join('", "')}": ${all.size === 0 ? 'all its sizes are fixed' : `it has ${names}`}`);
  if (open.size === 0) return undefined;
  return { ...problem(`the model's inputs have symbolic dimensions that are not bound: bind them, for instance --dim ${[...open].map((name) => `${name}=1`).join(',')}`), dims: [...open] };
}

function importInput(input: OnnxValue, dims: ReadonlyMap<string, number>): Result<Value, ModelProblem> {
  const { name, dtype, shape } = input;
  if (dtype === undefined) return err(problem(`the model's input "${name}" is not a tensor of a supported element type`));
  if (shape === undefined) return err(problem(`the model's input "${name}" has no shape: export the model with shapes of its inputs`));
  return ok({ name, dtype, shape: shape.map((extent, axis) => (extent < 0 ? extentOf(input, axis, dims) ?? extent : extent)) });
}

class Importer {
  /** Undefined: a place that is held for a node. */
  private readonly places: { node?: GraphNode }[] = [];
  private made = 0;

  constructor(private readonly functions: ReadonlyMap<string, OnnxFunction>, private readonly custom: CustomOperators) {}

  get nodes(): readonly GraphNode[] {
    return this.places.flatMap(({ node }) => node ?? []);
  }

  /** Gives `value` a second identity `as`. */
  alias(value: Value, as: Value | undefined): void {
    if (as === undefined || value.constant !== undefined) return;
    this.places.push({ node: { op: 'Identity', name: as.name, opset: 13, attributes: attributesOf(new Map()), inputs: [value], outputs: [as] } });
  }

  /** Adds the node's outputs to `values`, and the node where they are not all constants. */
  node(node: OnnxNode, opset: number, values: Scope, depth: number): Result<void, NeedyProblem> {
    if (++this.made > MOST_NODES) return err(problem(`loops and functions of the model make more than ${MOST_NODES} operators`, node.name));
    const called = this.functions.get(functionKey(node.domain, node.op));
    const operator = node.domain === '' ? OPERATORS.get(node.op) : this.custom(functionKey(node.domain, node.op));
    const expansion = node.domain === '' ? EXPANSIONS.get(node.op) : undefined;
    if (!isKnown(node, this.functions, this.custom)) return err({ ...problem(`${node.op} is not supported`, node.name), unsupported: [node.op] });
    const inputs: (Value | undefined)[] = [];
    for (const name of node.inputs) {
      const value = name === '' ? undefined : values.get(name);
      if (value === undefined && name !== '') return err(problem(`${node.op} "${node.name}" reads "${name}", which nothing before it computes`, node.name));
      inputs.push(value);
    }
    if (operator === undefined || called !== undefined) {
      if (depth > DEEPEST) return err(problem(`${node.op} "${node.name}" lies more than ${DEEPEST} deep in functions and sub-graphs: a function may call itself`, node.name));
      const at: Expansion = { node, opset, scope: values, inputs, to: this.expander(depth) };
      return this.expanded(at, called === undefined ? expansion : () => expandFunction(called, at));
    }
    const replaced = node.op === 'Expand' ? expandOpen : inputs.some((value) => value?.extent !== undefined) ? EXTENT_EXPANSIONS.get(node.op) : undefined;
    if (replaced !== undefined) {
      const at: Expansion = { node, opset, scope: values, inputs, to: this.expander(depth) };
      let outputs: readonly Value[] | undefined;
      const done = this.expanded(at, () => (outputs = replaced(at)) ?? [], () => outputs === undefined);
      if (!done.ok || outputs !== undefined) return done;
    }
    // A name that none of ONNX's own operators has.
    const made = importNode(operator, node.domain === '' ? node : { ...node, op: functionKey(node.domain, node.op) }, opset, inputs, values);
    if (!made.ok) return made;
    if (made.value !== undefined) this.places.push({ node: made.value });
    return ok(undefined);
  }

  private expander(depth: number): Expander {
    return {
      node: (inner, opset, scope) => this.node(inner, opset, scope, depth + 1),
      hold: () => {
        const place: { node?: GraphNode } = {};
        this.places.push(place);
        return (node) => {
          place.node = node;
        };
      },
      bound: (value) => boundOf(value, this.nodes),
      elements: (value) => elementsOf(value, this.nodes),
    };
  }

  private expanded(at: Expansion, expand: ((at: Expansion) => readonly (Value | undefined)[]) | undefined, unchanged = (): boolean => false): Result<void, NeedyProblem> {
    const { node, scope } = at;
    try {
      const outputs = expand?.(at) ?? [];
      if (unchanged()) return ok(undefined);
      for (const [i, name] of node.outputs.entries()) {
        const value = outputs[i];
        if (name === '') continue;
        if (value === undefined) return err(problem(`${node.op} "${node.name}" has no output ${i}`, node.name));
        scope.set(name, value);
      }
      return ok(undefined);
    } catch (e) {
      if (!(e instanceof ExpansionError)) throw e;
      const found = typeof e.problem === 'string' ? problem(`${node.op} "${node.name}": ${e.problem}`, node.name) : e.problem;
      return err({ ...found, ...(e.unknown === undefined ? {} : { unknown: e.unknown }) });
    }
  }
}

/** Puts the node's outputs into `values`; undefined where they are all constants. */
function importNode(operator: Operator, node: OnnxNode, opset: number, inputs: readonly (Value | undefined)[], values: Scope): Result<GraphNode | undefined, NeedyProblem> {
  const call: OperatorCall = { opset, attributes: attributesOf(node.attributes), inputs, outputCount: node.outputs.filter((name) => name !== '').length };
  const types = operator.infer(call);
  if (!types.ok) return err({ ...problem(`${node.op} "${node.name}": ${types.error}`, node.name), ...unknownElements(operator, call) });
  const bad = types.value.find((type) => type.shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0));
  if (bad !== undefined) return err(problem(`${node.op} "${node.name}" would give the impossible shape [${bad.shape.join(', ')}]`, node.name));
  const carried = operator.takesExtents === true ? ok(types.value.map((type) => type.carried)) : carriedExtents(node.op, call, types.value);
  if (!carried.ok) return err(problem(`${node.op} "${node.name}": ${carried.error}`, node.name));
  const constant = foldNode(operator, call, types.value);
  const outputs = types.value.map((type, i): Value => {
    const value = { name: node.outputs[i] ?? '', dtype: type.dtype, shape: type.shape };
    return i === 0 && constant !== undefined ? { ...value, constant } : value;
  });
  const evaluated = constant === undefined ? evaluateNode(operator, { op: node.op, name: node.name, opset, attributes: call.attributes, inputs, outputs }) : undefined;
  const known = outputs.map((value, i): Value => {
    const elements = evaluated?.[i];
    return elements === undefined ? value : { ...value, constant: elements };
  });
  const results = known.map((value, i): Value => {
    const own = types.value[i]?.extent;
    const count = own === undefined ? undefined : known[own.count];
    const extent = own === undefined || count === undefined ? carried.value[i] : { axis: own.axis, count };
    return extent === undefined ? value : { ...value, extent };
  });
  results.forEach((value) => value.name !== '' && values.set(value.name, value));
  return ok(constant !== undefined || evaluated !== undefined ? undefined : { op: node.op, name: node.name, opset, attributes: call.attributes, inputs, outputs: results });
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

/** Nodes that some output depends on, in order. */
export function liveNodes(nodes: readonly GraphNode[], outputs: readonly Value[]): GraphNode[] {
  const needed = new Set<Value>();
  const need = (value: Value): void => {
    needed.add(value);
    if (value.extent !== undefined) needed.add(value.extent.count);
  };
  outputs.forEach(need);
  const live: GraphNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((value) => needed.has(value))) continue;
    for (const input of node.inputs) if (input !== undefined) need(input);
    live.push(node);
  }
  return live.reverse();
}
