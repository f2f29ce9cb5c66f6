/** Reads an ONNX file (protobuf, onnx.proto beside this file; IR versions 3 and up). Never throws. */
import { fromBinary } from '@bufbuild/protobuf';
import { err, ok, type Result } from '../../base/result.js';
import { problem, type ModelProblem } from '../problem.js';
import type { LazyTensor } from '../tensor.js';
import { decodeTensor, dtypeOf, type ExternalData } from './decode-tensor.js';
import { AttributeProto_AttributeType as A, ModelProtoSchema, type AttributeProto, type GraphProto, type ModelProto, type NodeProto, type ValueInfoProto } from './generated/onnx_pb.js';
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxValue } from './onnx-graph.js';

const OLDEST_OPSET = 7;

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
  if (opset < OLDEST_OPSET) return err(problem(`the model uses operator set ${opset}; ${OLDEST_OPSET} or newer is supported: export it again or convert it with onnx.version_converter`));
  return readGraph(graph, opset, external);
}

function decode(bytes: Uint8Array): Result<ModelProto, ModelProblem> {
  if (bytes.length === 0) return err(problem('the file is empty'));
  try {
    return ok(fromBinary(ModelProtoSchema, bytes));
  } catch {
    return err(problem('not an ONNX model, or cut off: the protobuf data cannot be decoded'));
  }
}

function readGraph(graph: GraphProto, opset: number, external: ExternalData): Result<OnnxGraph, ModelProblem> {
  const initializers = new Map<string, LazyTensor>();
  for (const tensor of graph.initializer) {
    const decoded = decodeTensor(tensor, external);
    if (!decoded.ok) return decoded;
    initializers.set(tensor.name, decoded.value);
  }
  if (graph.sparseInitializer.length > 0) return err(problem('sparse weights are not supported: store them dense'));
  const nodes: OnnxNode[] = [];
  for (const node of graph.node) {
    const read = readNode(node);
    if (!read.ok) return read;
    nodes.push(read.value);
  }
  const inputs = graph.input.filter((value) => !initializers.has(value.name)).map(readValue);
  return ok({ name: graph.name, opset, nodes, initializers, inputs, outputs: graph.output.map(readValue) });
}

function readNode(node: NodeProto): Result<OnnxNode, ModelProblem> {
  const name = node.name !== '' ? node.name : node.output[0] ?? '';
  const attributes = new Map<string, OnnxAttribute>();
  for (const attribute of node.attribute) {
    const read = readAttribute(attribute);
    if (!read.ok) return err({ ...read.error, node: name });
    attributes.set(attribute.name, read.value);
  }
  const domain = node.domain === 'ai.onnx' ? '' : node.domain;
  return ok({ op: node.opType, domain, name, inputs: node.input, outputs: node.output, attributes });
}

function readAttribute(attribute: AttributeProto): Result<OnnxAttribute, ModelProblem> {
  switch (attribute.type) {
    case A.INT: return ok({ kind: 'int', value: Number(attribute.i) });
    case A.FLOAT: return ok({ kind: 'float', value: attribute.f });
    case A.STRING: return ok({ kind: 'string', value: Array.from(attribute.s, (byte) => String.fromCharCode(byte)).join('') });
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

function readValue(value: ValueInfoProto): OnnxValue {
  const type = value.type?.value;
  if (type?.case !== 'tensorType') return { name: value.name, dtype: undefined, shape: undefined };
  const shape = type.value.shape?.dim.map((dim) => (dim.value.case === 'dimValue' ? Number(dim.value.value) : -1));
  return { name: value.name, dtype: dtypeOf(type.value.elemType), shape };
}
