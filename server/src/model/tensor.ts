/**
 * Values known at compile time. `HostTensor` holds its elements; `LazyTensor` knows type and shape at once and produces
 * elements on demand, so that listing a model's tasks touches no weights.
 */
import { ok, type Result } from '../base/result.js';
import type { DType } from '../ir/dtype.js';
import { elementCount } from '../ir/buffer.js';
import type { ModelProblem } from './problem.js';

/** float32 tensors are Float32Array; every other type is held in Float64Array (int64 beyond 2^53 is rounded). Row-major. */
export type HostData = Float32Array | Float64Array;

export interface TensorType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export interface HostTensor extends TensorType {
  readonly data: HostData;
}

export interface LazyTensor extends TensorType {
  /** The elements; fails when their file is missing. Pure: equal results on every call. */
  readonly load: () => Result<HostTensor, ModelProblem>;
  /** What its elements are computed from, and by what: two tensors with the same of both are equal. */
  readonly made?: { readonly from: LazyTensor; readonly by: object };
}

/** Tensors up to this many elements are kept after the first load (shape arithmetic reads them often). */
const KEEP_ELEMENTS = 4096;

export function allocate(dtype: DType, count: number): HostData {
  return dtype === 'float32' ? new Float32Array(count) : new Float64Array(count);
}

export function hostTensor(dtype: DType, shape: readonly number[], values: ArrayLike<number>): HostTensor {
  const data = allocate(dtype, values.length);
  data.set(values);
  return { dtype, shape, data };
}

export function lazy(type: TensorType, load: LazyTensor['load']): LazyTensor {
  if (elementCount(type.shape) > KEEP_ELEMENTS) return { dtype: type.dtype, shape: type.shape, load };
  let kept: Result<HostTensor, ModelProblem> | undefined;
  return { dtype: type.dtype, shape: type.shape, load: () => (kept ??= load()) };
}

export function known(tensor: HostTensor): LazyTensor {
  return { dtype: tensor.dtype, shape: tensor.shape, load: () => ok(tensor) };
}

/** The lazy tensor with `change` applied to its elements. */
export function mapLazy(from: LazyTensor, type: TensorType, change: (tensor: HostTensor) => HostTensor): LazyTensor {
  return lazy(type, () => {
    const loaded = from.load();
    return loaded.ok ? ok(change(loaded.value)) : loaded;
  });
}

/** Several lazy tensors combined into one. */
export function combineLazy(from: readonly LazyTensor[], type: TensorType, change: (tensors: readonly HostTensor[]) => HostTensor): LazyTensor {
  return lazy(type, () => {
    const loaded: HostTensor[] = [];
    for (const one of from) {
      const result = one.load();
      if (!result.ok) return result;
      loaded.push(result.value);
    }
    return ok(change(loaded));
  });
}

export function reshaped(tensor: HostTensor, shape: readonly number[]): HostTensor {
  return { dtype: tensor.dtype, shape, data: tensor.data };
}

/** Row-major strides, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = (strides[i + 1] ?? 1) * (shape[i + 1] ?? 1);
  return strides;
}

/** A new tensor whose dimension `i` is dimension `order[i]` of `tensor`. */
export function permuted(tensor: HostTensor, order: readonly number[]): HostTensor {
  const shape = permutedShape(tensor.shape, order);
  const from = stridesOf(tensor.shape);
  return gathered(tensor, shape, order.map((axis) => from[axis] ?? 0));
}

export function permutedShape(shape: readonly number[], order: readonly number[]): number[] {
  return order.map((axis) => shape[axis] ?? 1);
}

/** Elements of `tensor` read with the given stride for each dimension of `shape` (0 repeats), from element `offset` on. */
export function gathered(tensor: HostTensor, shape: readonly number[], strides: readonly number[], offset = 0): HostTensor {
  const count = elementCount(shape);
  const data = allocate(tensor.dtype, count);
  const source = tensor.data;
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let i = 0; i < count; i++) {
    data[i] = source[at] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] ?? 0;
      const next = (index[axis] ?? 0) + 1;
      at += stride;
      if (next < (shape[axis] ?? 1)) {
        index[axis] = next;
        break;
      }
      at -= stride * next;
      index[axis] = 0;
    }
  }
  return { dtype: tensor.dtype, shape, data };
}

/** Strides that repeat `shape` over `target` (numpy rules, aligned right). */
export function broadcastStrides(shape: readonly number[], target: readonly number[]): number[] {
  const strides = stridesOf(shape);
  const lift = target.length - shape.length;
  return target.map((_, i) => (i < lift || shape[i - lift] === 1 ? 0 : strides[i - lift] ?? 0));
}

/** The common shape of two operands, or undefined where they do not fit. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    out.push(x === 1 ? y : x);
  }
  return out;
}
