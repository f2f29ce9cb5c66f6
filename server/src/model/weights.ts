/**
 * Generated weights: a model may come with a recipe (`NAME.weights.json`) instead of its weights file. Each tensor is
 * filled by xorshift32 (Marsaglia 2003): the state steps before each element, value = fround(lo + (x >>> 8) * 2^-24 * (hi - lo)).
 */
import { err, ok, type Result } from '../base/result.js';
import type { ExternalFile } from './onnx/decode-tensor.js';
import { problem, type ModelProblem } from './problem.js';

export interface RecipeTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly elements: number;
  /** Bytes from the start of the weights file. */
  readonly offset: number;
  readonly length: number;
  readonly seed: number;
  readonly lo: number;
  readonly hi: number;
}

export interface WeightRecipe {
  /** Name of the weights file, as the model's external tensors give it. */
  readonly file: string;
  /** Size of the weights file. */
  readonly bytes: number;
  readonly tensors: readonly RecipeTensor[];
}

const GENERATOR = 'xorshift32-uniform-f32';

/** Fills `out` from `seed` with values in [lo, hi). */
export function fillUniform(out: Float32Array, seed: number, lo: number, hi: number): void {
  let x = seed >>> 0;
  const range = hi - lo;
  for (let i = 0; i < out.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    out[i] = lo + (x >>> 8) * 2 ** -24 * range;
  }
}

/** Parses the text of a recipe. */
export function parseWeightRecipe(text: string): Result<WeightRecipe, ModelProblem> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err(problem('the weight recipe is not JSON'));
  }
  if (!isRecord(json) || json['generator'] !== GENERATOR) return err(problem(`the weight recipe has not the generator "${GENERATOR}"`));
  const { file, bytes, tensors } = json;
  if (typeof file !== 'string' || !isSize(bytes) || !Array.isArray(tensors)) return err(problem('the weight recipe lacks "file", "bytes" or "tensors"'));
  const read: RecipeTensor[] = [];
  for (const [i, tensor] of tensors.entries()) {
    if (!isRecipeTensor(tensor) || tensor.offset + tensor.length > bytes) return err(problem(`tensor ${i} of the weight recipe is wrong`));
    read.push(tensor);
  }
  return ok({ file, bytes, tensors: read });
}

/** A weights file that is generated as it is read: reads are whole tensors or parts of them, or any range of the file. */
export function generatedWeights(recipe: WeightRecipe): ExternalFile {
  const byOffset = new Map(recipe.tensors.map((tensor) => [tensor.offset, tensor]));
  return {
    byteLength: recipe.bytes,
    read(offset, length) {
      const exact = byOffset.get(offset);
      if (exact !== undefined && exact.length === length) return generate(exact);
      const out = new Uint8Array(length);
      for (const tensor of recipe.tensors) {
        const from = Math.max(offset, tensor.offset);
        const to = Math.min(offset + length, tensor.offset + tensor.length);
        if (from < to) out.set(generate(tensor).subarray(from - tensor.offset, to - tensor.offset), from - offset);
      }
      return out;
    },
  };
}

/** Little-endian bytes of one tensor. */
function generate(tensor: RecipeTensor): Uint8Array {
  const values = new Float32Array(tensor.elements);
  fillUniform(values, tensor.seed, tensor.lo, tensor.hi);
  const bytes = new Uint8Array(values.buffer);
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) return bytes;
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setFloat32(i * 4, value, true));
  return bytes;
}

function isRecord(x: unknown): x is Record<string, unknown> {
  return typeof x === 'object' && x !== null;
}

function isSize(x: unknown): x is number {
  return typeof x === 'number' && Number.isSafeInteger(x) && x >= 0;
}

function isRecipeTensor(x: unknown): x is RecipeTensor {
  return isRecord(x) && typeof x['name'] === 'string' && Array.isArray(x['shape']) && isSize(x['elements']) && isSize(x['offset'])
    && isSize(x['seed']) && typeof x['lo'] === 'number' && typeof x['hi'] === 'number' && x['length'] === x['elements'] * 4;
}
