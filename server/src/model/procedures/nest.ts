/** Loops over all elements of a tensor, and indices that come from data. */
import type { ProcedureBuilder, Variable } from '../../ir/procedure/builder.js';
import { elementCount, type Buffer } from '../../ir/buffer.js';
import type { Term } from '../../ir/procedure/procedure.js';
import { add, and, choose, constant, ge, load, lt, max, min, mul, cast, type Operand } from '../../ir/procedure/terms.js';
import { stridesOf } from '../tensor.js';

/** One loop per dimension; `extents` may have terms for what is known only in a run. */
export function nest(p: ProcedureBuilder, extents: readonly Operand[], body: (at: readonly Variable[]) => void, at: readonly Variable[] = []): void {
  const extent = extents[at.length];
  if (extent === undefined) body(at);
  else p.for(`i${at.length}`, 0, extent, (i) => nest(p, extents, body, [...at, i]));
}

/** The place of an element of a dense tensor. */
export function flat(shape: readonly number[], at: readonly Operand[]): Term {
  const strides = stridesOf(shape);
  return at.reduce<Term>((sum, index, i) => add(sum, mul(index, strides[i] ?? 1)), constant(0));
}

export function fill(p: ProcedureBuilder, to: Buffer, from: Operand, below: Operand, value: number): void {
  p.for('f', from, below, (i) => p.store(to, i, value));
}

export function copyAll(p: ProcedureBuilder, to: Buffer, from: Buffer): void {
  p.for('c', 0, elementCount(from.shape), (i) => p.copy(to, i, from, i));
}

/**
 * `body` with an index that was read from data, counted from 0 where it is negative. An index that lies outside of [-extent, extent)
 * is left out: nothing is done for it.
 */
export function withIndex(p: ProcedureBuilder, read: Term, extent: Operand, body: (index: Variable) => void): void {
  const below = typeof extent === 'number' ? constant(extent, read.type) : cast(extent, read.type);
  const given = p.let('given', read);
  const from0 = p.let('from0', choose(lt(given, 0), add(given, below), given));
  p.if(and(ge(from0, 0), lt(from0, below)), () => body(p.let('index', cast(from0, 'int32'))));
}

/** A run-time extent as int32, kept within its bound whatever the tensor holds. Without one: the bound. */
export function extentOf(p: ProcedureBuilder, count: Buffer | undefined, bound: number): Operand {
  return count === undefined ? bound : clampedCount(p, load(count, 0), bound);
}

/** An integer as int32 from 0 to `bound`. */
export function clampedCount(p: ProcedureBuilder, count: Term, bound: number): Variable {
  const given = p.let('counted', count);
  return p.let('extent', cast(max(min(given, bound), 0), 'int32'));
}
