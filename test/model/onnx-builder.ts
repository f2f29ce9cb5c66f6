/** Writes small ONNX files through the generated protobuf code. */
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType as A, ModelProtoSchema, TensorProto_DataLocation, TensorProto_DataType } from '../../server/src/model/onnx/generated/onnx_pb.js';
import type { AttributeProtoSchema, GraphProtoSchema, NodeProtoSchema, TensorProtoSchema, ValueInfoProtoSchema } from '../../server/src/model/onnx/generated/onnx_pb.js';

export type AttributeValue = number | { readonly float: number } | readonly number[] | string;

export interface NodeSpec {
  readonly op: string;
  /** Default: ONNX's own. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

export interface TensorSpec { readonly shape: readonly number[]; readonly values: readonly number[]; readonly dtype?: 'float32' | 'int64' }

/** Elements that lie in a file beside the model. */
export interface ExternalSpec { readonly shape: readonly number[]; readonly location: string; readonly offset: number }

export interface ModelSpec {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: readonly string[];
  readonly constants?: Readonly<Record<string, TensorSpec | ExternalSpec>>;
  readonly nodes: readonly NodeSpec[];
  readonly opset?: number;
  /** Element types of inputs and outputs that are not float32. */
  readonly types?: Readonly<Record<string, 'int64' | 'bool'>>;
}

function attribute(name: string, value: AttributeValue): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === 'number') return { name, type: A.INT, i: BigInt(value) };
  if (typeof value === 'string') return { name, type: A.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: A.FLOAT, f: value.float };
  return { name, type: A.INTS, ints: value.map(BigInt) };
}

function tensor(name: string, spec: TensorSpec | ExternalSpec): MessageInitShape<typeof TensorProtoSchema> {
  const dims = spec.shape.map(BigInt);
  if ('location' in spec) {
    const { location, offset } = spec;
    const length = 4 * spec.shape.reduce((n, extent) => n * extent, 1);
    const externalData = Object.entries({ location, offset, length }).map(([key, value]) => ({ key, value: String(value) }));
    return { name, dims, dataType: TensorProto_DataType.FLOAT, dataLocation: TensorProto_DataLocation.EXTERNAL, externalData };
  }
  const { values, dtype = 'float32' } = spec;
  if (dtype === 'int64') return { name, dims, dataType: TensorProto_DataType.INT64, int64Data: values.map(BigInt) };
  return { name, dims, dataType: TensorProto_DataType.FLOAT, rawData: new Uint8Array(Float32Array.from(values).buffer) };
}

function port(name: string, shape: readonly number[] | undefined, type: 'float32' | 'int64' | 'bool' = 'float32'): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape?.map((extent) => ({ value: { case: 'dimValue' as const, value: BigInt(extent) } }));
  return { name, type: { value: { case: 'tensorType', value: { elemType: { float32: TensorProto_DataType.FLOAT, int64: TensorProto_DataType.INT64, bool: TensorProto_DataType.BOOL }[type], ...(dim === undefined ? {} : { shape: { dim } }) } } } };
}

export function onnxFile(spec: ModelSpec): Uint8Array {
  const nodes = spec.nodes.map((node, i): MessageInitShape<typeof NodeProtoSchema> => ({
    opType: node.op, domain: node.domain ?? '', name: `${node.op}_${i}`, input: [...node.inputs], output: [...node.outputs],
    attribute: Object.entries(node.attributes ?? {}).map(([name, value]) => attribute(name, value)),
  }));
  const graph: MessageInitShape<typeof GraphProtoSchema> = {
    name: 'test', node: nodes,
    initializer: Object.entries(spec.constants ?? {}).map(([name, value]) => tensor(name, value)),
    input: Object.entries(spec.inputs).map(([name, shape]) => port(name, shape, spec.types?.[name])),
    output: spec.outputs.map((name) => port(name, undefined, spec.types?.[name])),
  };
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ domain: '', version: BigInt(spec.opset ?? 17) }], graph }));
}

/** Values that repeat in no pattern a transposed index would miss, within [-1, 1]. */
export function ramp(shape: readonly number[], seed = 1): TensorSpec {
  const count = shape.reduce((n, extent) => n * extent, 1);
  return { shape, values: Array.from({ length: count }, (_, i) => Math.fround(Math.sin((i + 1) * 12.9898 + seed * 78.233))) };
}
