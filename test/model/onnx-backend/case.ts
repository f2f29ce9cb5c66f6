/** One of ONNX's operator tests: a model, its inputs and the outputs that it must give. */
import { fromBinary } from '@bufbuild/protobuf';
import { decodeTensor } from '../../../server/src/model/onnx/decode-tensor.js';
import { TensorProtoSchema, type TensorProto } from '../../../server/src/model/onnx/generated/onnx_pb.js';
import type { HostTensor } from '../../../server/src/model/tensor.js';
import { elementBytes } from '../../../server/src/ir/element-bytes.js';

/** A tensor of the test's data: its elements as numbers, and as bytes (64-bit integers are exact there). */
export interface CaseTensor { readonly host: HostTensor; readonly bytes: Uint8Array }

export interface BackendCase {
  readonly name: string;
  readonly model: Uint8Array;
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** All cases below `node/`, by name. */
export function casesOf(files: ReadonlyMap<string, Uint8Array>): BackendCase[] {
  const cases: BackendCase[] = [];
  for (const [path, model] of files) {
    const name = /^node\/([^/]+)\/model\.onnx$/.exec(path)?.[1];
    if (name === undefined) continue;
    const data = (kind: string): Uint8Array[] => {
      const found: Uint8Array[] = [];
      for (let i = 0; ; i++) {
        const file = files.get(`node/${name}/test_data_set_0/${kind}_${i}.pb`);
        if (file === undefined) return found;
        found.push(file);
      }
    };
    cases.push({ name, model, inputs: data('input'), outputs: data('output') });
  }
  return cases.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Throws where the data is not a tensor of a type that we have. */
export function readTensor(file: Uint8Array): CaseTensor {
  const proto: TensorProto = fromBinary(TensorProtoSchema, file);
  const decoded = decodeTensor(proto, () => undefined);
  if (!decoded.ok) throw new Error(decoded.error.message);
  const loaded = decoded.value.load();
  if (!loaded.ok) throw new Error(loaded.error.message);
  const { value: host } = loaded;
  return { host, bytes: proto.rawData.length > 0 ? proto.rawData.slice() : elementBytes(host.data, host.dtype).slice() };
}
