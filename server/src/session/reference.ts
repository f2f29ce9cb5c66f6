/** ONNX Runtime as the reference: loaded only when asked for, never on the tuning path. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { generatedWeights, parseWeightRecipe } from '../model/weights.js';
import type { DType } from '../ir/dtype.js';
import type { NetworkPlan } from '../model/plan.js';
import { elementNumbers } from '../ir/element-bytes.js';
import { SessionError } from './problem.js';

interface OrtTensor { readonly type?: string; readonly data: ArrayLike<number> | BigInt64Array | BigUint64Array; readonly dims: readonly number[] }
interface OrtSession { readonly outputNames: readonly string[]; run(feeds: Record<string, unknown>): Promise<Record<string, OrtTensor>> }
interface Ort {
  readonly InferenceSession: { create(model: Uint8Array, options: unknown): Promise<OrtSession> };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => unknown;
}

export interface Reference {
  /** Milliseconds of one call. */
  call(): Promise<number>;
  /** The model's outputs of the last call, in the order of the plan's. */
  outputs(): readonly ArrayLike<number>[];
}

/** @throws SessionError if it is not installed or does not take the model */
export async function openReference(file: string, plan: NetworkPlan, inputs: readonly Uint8Array[], threads: number): Promise<Reference> {
  const ort = loadRuntime(file);
  const options = { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all', externalData: externalFiles(file) };
  let session: OrtSession;
  try {
    session = await ort.InferenceSession.create(new Uint8Array(readFileSync(file)), options);
  } catch (e) {
    throw new SessionError(`ONNX Runtime does not take this model: ${e instanceof Error ? e.message : String(e)}`, { file });
  }
  const feeds: Record<string, unknown> = {};
  plan.inputs.forEach((p, i) => {
    const bytes = inputs[i];
    if (bytes === undefined) throw new Error('assertion failed: one input per port');
    const copy = bytes.slice().buffer;
    const data = new (arrayOf(p.dtype))(copy);
    feeds[p.name] = new ort.Tensor(p.dtype, data, p.shape);
  });
  let last: Record<string, OrtTensor> = {};
  return {
    call: async () => {
      const start = performance.now();
      last = await session.run(feeds);
      return performance.now() - start;
    },
    outputs: () => plan.outputs.flatMap((p): ArrayLike<number>[] => (p.shapeOf !== undefined ? [] : [numbersOf(last[p.name])])),
  };
}

function numbersOf(tensor: OrtTensor | undefined): ArrayLike<number> {
  const data = tensor?.data ?? [];
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Array.from(data, Number);
  return tensor?.type === 'float16' && data instanceof Uint16Array ? elementNumbers(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 'float16') : data;
}

type TypedArray = new (bytes: ArrayBuffer) => ArrayBufferView;

function arrayOf(dtype: DType): TypedArray {
  const arrays: Readonly<Record<DType, TypedArray>> = {
    float32: Float32Array, float64: Float64Array, float16: Uint16Array, bfloat16: Uint16Array, int8: Int8Array, uint8: Uint8Array, bool: Uint8Array,
    int16: Int16Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array,
  };
  return arrays[dtype];
}

function loadRuntime(file: string): Ort {
  for (const from of [process.argv[1] ?? file, path.resolve('package.json')]) {
    try {
      return createRequire(path.resolve(from))('onnxruntime-node') as Ort;
    } catch {
      // Tried from the next place.
    }
  }
  throw new SessionError('ONNX Runtime is not installed here: npm install onnxruntime-node, or leave out --compare', {}, true);
}

/** Weights files that are only a recipe are handed over in memory. */
function externalFiles(file: string): { path: string; data: Uint8Array }[] {
  const folder = path.dirname(file);
  const name = `${path.basename(file, '.onnx')}.weights`;
  const recipe = path.join(folder, `${name}.json`);
  if (existsSync(path.join(folder, name)) || !existsSync(recipe)) return existsSync(path.join(folder, name)) ? [{ path: name, data: new Uint8Array(readFileSync(path.join(folder, name))) }] : [];
  const parsed = parseWeightRecipe(readFileSync(recipe, 'utf8'));
  if (!parsed.ok) throw new SessionError(parsed.error.message, { file: recipe });
  const weights = generatedWeights(parsed.value);
  return [{ path: name, data: weights.read(0, weights.byteLength) ?? new Uint8Array(0) }];
}
