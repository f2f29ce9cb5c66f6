/**
 * Where tensors are zero by construction: the data of a transposed convolution has zeros between its elements, so that only indices of one
 * residue hold anything. Programs may leave out the products with the others (sub-pixel form of the transposed convolution: Shi et al. 2016).
 */
import type { Buffer } from '../ir/buffer.js';
import { choiceOf, conjuncts, type Choice } from '../ir/choice.js';
import { isFloat } from '../ir/dtype.js';
import type { Expr } from '../ir/expr.js';
import type { ZeroGrid } from '../ir/program.js';
import type { ComputeDag } from './compute-dag.js';
import type { Axis, ComputeOp } from './op.js';

export type ZeroGrids = ReadonlyMap<Buffer, readonly ZeroGrid[]>;

/** The tensors of `dag` that have such zeros. */
export function zeroGrids(dag: ComputeDag): ZeroGrids {
  const grids = new Map<Buffer, readonly ZeroGrid[]>();
  for (const op of dag.ops) {
    if (op.kind !== 'compute' || op.body.kind !== 'expr' || !isFloat(op.output.dtype)) continue;
    const found = gridsOf(op.body.value, op, grids);
    if (found.length > 0) grids.set(op.output, found);
  }
  return grids;
}

/** What makes `value`, an element of `op`, zero off a grid: its own conditions, or the tensor that it copies. */
function gridsOf(value: Expr, op: ComputeOp, known: ZeroGrids): ZeroGrid[] {
  if (value.kind === 'load') {
    return (known.get(value.buffer) ?? []).flatMap(({ dimension, modulus, residue }) => {
      const index = value.indices[dimension];
      return index === undefined ? [] : onAxis(index, modulus, residue, op.axes);
    });
  }
  const chosen = zeroOutside(value);
  if (chosen === undefined) return [];
  return [...residues(chosen.cond).flatMap(({ index, modulus, residue }) => onAxis(index, modulus, residue, op.axes)), ...gridsOf(chosen.then, op, known)];
}

/** The choice that `e` is, if it gives zero where its condition does not hold. */
export function zeroOutside(e: Expr): Choice | undefined {
  const chosen = choiceOf(e);
  return chosen?.otherwise.kind === 'float' && chosen.otherwise.value === 0 ? chosen : undefined;
}

/** An index that must have this residue. */
export interface Residue { readonly index: Expr; readonly modulus: number; readonly residue: number }

/** The residues that a condition asks for. */
export function residues(cond: Expr): readonly Residue[] {
  return conjuncts(cond).flatMap((c) => {
    if (c.kind !== 'binary' || c.op !== 'eq' || c.b.kind !== 'int' || c.a.kind !== 'binary' || c.a.op !== 'floormod' || c.a.b.kind !== 'int') return [];
    return [{ index: c.a.a, modulus: c.a.b.value, residue: c.b.value }];
  });
}

/** `index` is `residue` modulo `modulus` only where one axis of the operation is of one residue. */
function onAxis(index: Expr, modulus: number, residue: number, axes: readonly Axis[]): ZeroGrid[] {
  const shifted = plusConstant(index);
  const dimension = axes.findIndex((axis) => axis.var === shifted?.base && axis.min === 0);
  if (shifted === undefined || dimension < 0 || modulus < 2 || residue < 0 || residue >= modulus) return [];
  return [{ dimension, modulus, residue: (((residue - shifted.constant) % modulus) + modulus) % modulus }];
}

/** `e` as another expression and a constant that is added to it. */
function plusConstant(e: Expr): { readonly base: Expr; readonly constant: number } | undefined {
  if (e.kind !== 'binary') return { base: e, constant: 0 };
  if ((e.op === 'add' || e.op === 'sub') && e.b.kind === 'int') {
    const inner = plusConstant(e.a);
    return inner === undefined ? undefined : { base: inner.base, constant: inner.constant + (e.op === 'add' ? e.b.value : -e.b.value) };
  }
  return e.op === 'add' && e.a.kind === 'int' ? { base: e.b, constant: e.a.value } : undefined;
}
