/** Reads an ONNX file (protobuf, onnx.proto beside this file; IR versions 3 and up). Never throws. */
import { fromBinary } from '@bufbuild/protobuf';
import { err, ok, type Result } from '../../base/result.js';
import { problem, type ModelProblem } from '../problem.js';
import type { LazyTensor } from '../tensor.js';
import { decodeTensor, dtypeOf, type ExternalData } from './decode-tensor.js';
import { AttributeProto_AttributeType as A, ModelProtoSchema, type AttributeProto, type FunctionProto, type GraphProto, type ModelProto, type NodeProto, type ValueInfoProto } from './generated/onnx_pb.js';
import { functionKey, type OnnxAttribute, type OnnxBody, type OnnxFunction, type OnnxGraph, type OnnxNode, type OnnxValue } from './onnx-graph.js';

const OLDEST_OPSET = 7;
/** Operators that have meant the same since the first operator set. */
const NEVER_CHANGED: ReadonlySet<string> = new Set(['Not', 'Softplus', 'Softsign', 'GlobalAveragePool', 'GlobalMaxPool']);

/**
 * `bytes`: the whole file. `external` finds the files of external tensors (default: none; such weights then fail when
 * they are loaded, while shapes and tasks can still be had).
 */
export function readOnnx(bytes: Uint8Array, external: ExternalData = () => undefined): Result<OnnxGraph, ModelProblem> {
  const model = decode(bytes);
  if (!model.ok) return model;
  const graph = model.value.graph;
  if (graph === undefined || graph.output.length === 0) return err(problem('not an ONNX model, or cut off: it has no graph with outputs'));
  const opset = Number(model.value.opsetImport.find((set) => set.domain === '' || set.domain === 'ai.onnx')?.version ?? 0);
  const old = opset < OLDEST_OPSET && !(opset > 0 && graph.node.every((node) => NEVER_CHANGED.has(node.opType)));
  if (old) return err(problem(`the model uses operator set ${opset}; ${OLDEST_OPSET} or newer is supported: export it again or convert it with onnx.version_converter`));
  const functions = new Map<string, OnnxFunction>();
  for (const declared of model.value.functions) {
    const read = readFunction(declared, opset, external);
    if (!read.ok) return read;
    functions.set(functionKey(ownDomain(declared.domain), declared.name), read.value);
  }
  const body = readBody(graph, external, 0);
  return body.ok ? ok({ name: graph.name, opset, functions, ...body.value }) : body;
}

function ownDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

function readFunction(declared: FunctionProto, opset: number, external: ExternalData): Result<OnnxFunction, ModelProblem> {
  const defaults = new Map<string, OnnxAttribute>();
  for (const attribute of declared.attributeProto) {
    const read = readAttribute(attribute, external, 0);
    if (!read.ok) return read;
    defaults.set(attribute.name, read.value);
  }
  const nodes = readNodes(declared.node, external, 0);
  if (!nodes.ok) return nodes;
  const own = declared.opsetImport.find((set) => ownDomain(set.domain) === '')?.version;
  return ok({ opset: own === undefined ? opset : Number(own), inputs: declared.input, outputs: declared.output, defaults, nodes: nodes.value });
}

function decode(bytes: Uint8Array): Result<ModelProto, ModelProblem> {
  if (bytes.length === 0) return err(problem('the file is empty'));
  try {
    return ok(fromBinary(ModelProtoSchema, bytes));
  } catch {
    return err(problem('not an ONNX model, or cut off: the protobuf data cannot be decoded'));
  }
}

/** Sub-graphs inside sub-graphs: deeper ones are no model that a framework wrote. */
const DEEPEST = 32;

function readBody(graph: GraphProto, external: ExternalData, depth: number): Result<OnnxBody, ModelProblem> {
  if (depth > DEEPEST) return err(problem(`sub-graphs lie more than ${DEEPEST} deep inside each other`));
  const initializers = new Map<string, LazyTensor>();
  for (const tensor of graph.initializer) {
    const decoded = decodeTensor(tensor, external);
    if (!decoded.ok) return decoded;
    initializers.set(tensor.name, decoded.value);
  }
  if (graph.sparseInitializer.length > 0) return err(problem('sparse weights are not supported: store them dense'));
  const nodes = readNodes(graph.node, external, depth);
  if (!nodes.ok) return nodes;
  const inputs = graph.input.filter((value) => !initializers.has(value.name)).map(readValue);
  return ok({ nodes: nodes.value, initializers, inputs, outputs: graph.output.map(readValue) });
}

function readNodes(protos: readonly NodeProto[], external: ExternalData, depth: number): Result<readonly OnnxNode[], ModelProblem> {
  const nodes: OnnxNode[] = [];
  for (const node of protos) {
    const read = readNode(node, external, depth);
    if (!read.ok) return read;
    nodes.push(read.value);
  }
  return ok(nodes);
}

function readNode(node: NodeProto, external: ExternalData, depth: number): Result<OnnxNode, ModelProblem> {
  const name = node.name !== '' ? node.name : node.output[0] ?? '';
  const attributes = new Map<string, OnnxAttribute>();
  for (const attribute of node.attribute) {
    const read = readAttribute(attribute, external, depth);
    if (!read.ok) return err({ ...read.error, node: name });
    attributes.set(attribute.name, read.value);
  }
  return ok({ op: node.opType, domain: ownDomain(node.domain), name, inputs: node.input, outputs: node.output, attributes });
}

function readAttribute(attribute: AttributeProto, external: ExternalData, depth: number): Result<OnnxAttribute, ModelProblem> {
  if (attribute.refAttrName !== '') return ok({ kind: 'reference', value: attribute.refAttrName });
  switch (attribute.type) {
    case A.INT: return ok({ kind: 'int', value: Number(attribute.i) });
    case A.FLOAT: return ok({ kind: 'float', value: attribute.f });
    case A.STRING: return ok({ kind: 'string', value: textOf(attribute.s) });
    case A.STRINGS: return ok({ kind: 'strings', value: attribute.strings.map(textOf) });
    case A.GRAPH: {
      if (attribute.g === undefined) return err(problem(`attribute "${attribute.name}" has no graph`));
      const body = readBody(attribute.g, external, depth + 1);
      return body.ok ? ok({ kind: 'graph', value: body.value }) : body;
    }
    case A.INTS: return ok({ kind: 'ints', value: attribute.ints.map(Number) });
    case A.FLOATS: return ok({ kind: 'floats', value: attribute.floats });
    case A.TENSOR: {
      if (attribute.t === undefined) return err(problem(`attribute "${attribute.name}" has no tensor`));
      const decoded = decodeTensor(attribute.t, () => undefined);
      if (!decoded.ok) return decoded;
      const loaded = decoded.value.load();
      return loaded.ok ? ok({ kind: 'tensor', value: loaded.value }) : loaded;
    }
    default: return ok({ kind: 'other' });
  }
}

function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

function readValue(value: ValueInfoProto): OnnxValue {
  const type = value.type?.value;
  if (type?.case !== 'tensorType') return { name: value.name, dtype: undefined, shape: undefined };
  const shape = type.value.shape?.dim.map((dim) => (dim.value.case === 'dimValue' ? Number(dim.value.value) : -1));
  const symbols = type.value.shape?.dim.map((dim) => (dim.value.case === 'dimParam' && dim.value.value !== '' ? dim.value.value : undefined));
  return { name: value.name, dtype: dtypeOf(type.value.elemType), shape, ...(symbols?.some((s) => s !== undefined) === true ? { symbols } : {}) };
}
