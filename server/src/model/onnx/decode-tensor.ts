/** ONNX tensors to host tensors: raw bytes (little-endian), typed fields, and external data. */
import { err, ok, type Result } from '../../base/result.js';
import { elementCount } from '../../ir/buffer.js';
import type { DType } from '../../ir/dtype.js';
import { problem, type ModelProblem } from '../problem.js';
import { allocate, hostTensor, known, lazy, type HostTensor, type LazyTensor } from '../tensor.js';
import { TensorProto_DataLocation, TensorProto_DataType as T, type TensorProto } from './generated/onnx_pb.js';

/** A file beside the model that holds weights. The reader does no IO: whoever opens the model supplies these. */
export interface ExternalFile {
  readonly byteLength: number;
  /** Bytes [offset, offset + length), within `byteLength`; undefined where reading failed. */
  read(offset: number, length: number): Uint8Array | undefined;
}

/** Finds the file named by a tensor's `location`; undefined where there is none. */
export type ExternalData = (location: string) => ExternalFile | undefined;

const DTYPES: ReadonlyMap<number, DType> = new Map<number, DType>([
  [T.FLOAT, 'float32'], [T.DOUBLE, 'float64'], [T.FLOAT16, 'float16'], [T.BFLOAT16, 'bfloat16'],
  [T.INT8, 'int8'], [T.UINT8, 'uint8'], [T.INT16, 'int16'], [T.INT32, 'int32'], [T.INT64, 'int64'], [T.BOOL, 'bool'],
  [T.UINT16, 'uint16'], [T.UINT32, 'uint32'], [T.UINT64, 'uint64'],
]);

/** The element type of an ONNX `elem_type`, undefined for types this project has not. */
export function dtypeOf(type: number): DType | undefined {
  return DTYPES.get(type);
}

interface Elements { readonly bytes: number; readonly read: (view: DataView, at: number) => number }

const RAW: Readonly<Record<DType, Elements>> = {
  float32: { bytes: 4, read: (v, at) => v.getFloat32(at, true) },
  float64: { bytes: 8, read: (v, at) => v.getFloat64(at, true) },
  float16: { bytes: 2, read: (v, at) => halfToNumber(v.getUint16(at, true)) },
  bfloat16: { bytes: 2, read: (v, at) => bfloatToNumber(v.getUint16(at, true)) },
  int8: { bytes: 1, read: (v, at) => v.getInt8(at) },
  uint8: { bytes: 1, read: (v, at) => v.getUint8(at) },
  int16: { bytes: 2, read: (v, at) => v.getInt16(at, true) },
  uint16: { bytes: 2, read: (v, at) => v.getUint16(at, true) },
  uint32: { bytes: 4, read: (v, at) => v.getUint32(at, true) },
  uint64: { bytes: 8, read: (v, at) => Number(v.getBigUint64(at, true)) },
  int32: { bytes: 4, read: (v, at) => v.getInt32(at, true) },
  int64: { bytes: 8, read: (v, at) => Number(v.getBigInt64(at, true)) },
  bool: { bytes: 1, read: (v, at) => (v.getUint8(at) === 0 ? 0 : 1) },
};

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function bfloatToNumber(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}

function fromRaw(dtype: DType, shape: readonly number[], raw: Uint8Array): HostTensor {
  const count = elementCount(shape);
  const { bytes, read } = RAW[dtype];
  const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  if (dtype === 'float32' && littleEndian && raw.byteOffset % bytes === 0) {
    return { dtype, shape, data: new Float32Array(raw.buffer, raw.byteOffset, count) };
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const data = allocate(dtype, count);
  for (let i = 0; i < count; i++) data[i] = read(view, i * bytes);
  return { dtype, shape, data };
}

/** The elements of a tensor that are not in `raw_data`: each type has its field. */
function typedField(tensor: TensorProto, dtype: DType): ArrayLike<number> {
  switch (dtype) {
    case 'float32': return tensor.floatData;
    case 'float64': return tensor.doubleData;
    case 'int64': return tensor.int64Data.map(Number);
    case 'uint32': case 'uint64': return tensor.uint64Data.map(Number);
    case 'float16': return tensor.int32Data.map(halfToNumber);
    case 'bfloat16': return tensor.int32Data.map(bfloatToNumber);
    default: return tensor.int32Data;
  }
}

/** Reads one tensor. Sizes are checked at once; external elements are read when they are asked for. */
export function decodeTensor(tensor: TensorProto, external: ExternalData): Result<LazyTensor, ModelProblem> {
  const what = `tensor "${tensor.name}"`;
  const dtype = dtypeOf(tensor.dataType);
  if (dtype === undefined) return err(problem(`${what} has element type ${T[tensor.dataType] ?? tensor.dataType}, which is not supported`));
  const shape = tensor.dims.map(Number);
  const count = elementCount(shape);
  if (shape.some((extent) => extent < 0) || !Number.isSafeInteger(count)) return err(problem(`${what} has the impossible shape [${shape.join(', ')}]`));
  const bytes = count * RAW[dtype].bytes;
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL) return externalTensor(tensor, { dtype, shape }, bytes, external);
  if (tensor.rawData.length > 0 || count === 0) {
    if (tensor.rawData.length !== bytes) return err(problem(`${what} of shape [${shape.join(', ')}] needs ${bytes} bytes but has ${tensor.rawData.length}`));
    return ok(known(fromRaw(dtype, shape, tensor.rawData)));
  }
  const values = typedField(tensor, dtype);
  if (values.length !== count) return err(problem(`${what} of shape [${shape.join(', ')}] needs ${count} elements but has ${values.length}`));
  return ok(known(hostTensor(dtype, shape, values)));
}

function externalTensor(tensor: TensorProto, type: { dtype: DType; shape: readonly number[] }, bytes: number, external: ExternalData): Result<LazyTensor, ModelProblem> {
  const entry = (key: string): string | undefined => tensor.externalData.find((e) => e.key === key)?.value;
  const what = `tensor "${tensor.name}"`;
  const location = entry('location');
  const offset = Number(entry('offset') ?? 0);
  const length = Number(entry('length') ?? bytes);
  if (location === undefined) return err(problem(`${what} is external but names no file`));
  if (!Number.isSafeInteger(offset) || offset < 0) return err(problem(`${what} has the impossible offset "${entry('offset')}" in ${location}`));
  if (length !== bytes) return err(problem(`${what} of shape [${type.shape.join(', ')}] needs ${bytes} bytes but its entry says ${entry('length')}`));
  const beyond = (file: ExternalFile): Result<LazyTensor, ModelProblem> | undefined => (offset + length <= file.byteLength ? undefined
    : err(problem(`${what} lies at bytes ${offset} to ${offset + length} of ${location}, which has only ${file.byteLength}`)));
  // A place outside of the file is told at once; a file that is missing matters only to who wants the elements.
  const now = external(location);
  const wrong = now === undefined ? undefined : beyond(now);
  if (wrong !== undefined) return wrong;
  return ok(lazy(type, () => {
    const file = external(location);
    if (file === undefined) return err(problem(`${what} lies in ${location}, which is missing beside the model`));
    const raw = file.read(offset, length);
    return raw === undefined || raw.length !== length ? err(problem(`${what} could not be read from ${location}`)) : ok(fromRaw(type.dtype, type.shape, raw));
  }));
}
