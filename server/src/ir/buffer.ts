import type { DType } from './dtype.js';

/** A tensor in memory. Identity is by reference: two buffers may have one name (old logs have several `placeholder`s). */
export interface Buffer {
  readonly name: string;
  /** Extents, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export function createBuffer(name: string, shape: readonly number[], dtype: DType): Buffer {
  return Object.freeze({ name, shape: Object.freeze(shape.slice()), dtype });
}

/** Number of elements. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((n, extent) => n * extent, 1);
}
