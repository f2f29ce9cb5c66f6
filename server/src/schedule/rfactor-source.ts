/** The summand of a factored reduction: its old axes in terms of the loops they were split and fused into. */
import { defined } from '../base/assert.js';
import type { ComputeOp } from '../dag/op.js';
import { isFloat, isUnsigned, type DType } from '../ir/dtype.js';
import { binary, float, ifThenElse, int, type Expr, type Var } from '../ir/expr.js';
import type { Combiner } from '../ir/program.js';
import { rewriteExpr } from '../ir/walk.js';
import type { StageAxes } from './leaf-axes.js';
import { ScheduleError } from './step.js';

const LARGEST: Readonly<Record<DType, number>> = {
  float32: 3.4028234663852886e38, float16: 65504, bfloat16: 3.3895313892515355e38, float64: Number.MAX_VALUE,
  int8: 127, uint8: 255, int16: 32767, uint16: 65535, uint32: 4294967295, uint64: 2 ** 64, int32: 2147483647, int64: Number.MAX_SAFE_INTEGER, bool: 1,
};

/** What a reduction starts from. */
function neutral(combiner: Combiner, dtype: DType): Expr {
  const number = (value: number): Expr => (isFloat(dtype) ? float(value, dtype) : int(value, dtype));
  switch (combiner) {
    case 'add': return number(0);
    case 'mul': return number(1);
    case 'min': return number(LARGEST[dtype]);
    case 'max': return number(isFloat(dtype) ? -LARGEST[dtype] : isUnsigned(dtype) ? 0 : -LARGEST[dtype] - 1);
  }
}

/** `source` with each root reduce axis replaced; where a split does not divide its axis, guarded by a bound check. */
export function factoredSource(op: ComputeOp, combiner: Combiner, source: Expr, axes: StageAxes): Expr {
  const value = new Map<Var, Expr>();
  for (const leaf of axes.leaves) value.set(leaf.var, leaf.var);
  const at = (v: Var): Expr => defined(value.get(v), `the value of ${v.name}`);
  let guard: Expr | undefined;
  for (const relation of axes.relations.toReversed()) {
    if (relation.kind === 'fuse') {
      const inner = int(defined(relation.inner.extent, 'the extent of a fused loop'));
      value.set(relation.outer.var, binary('floordiv', at(relation.fused.var), inner));
      value.set(relation.inner.var, binary('floormod', at(relation.fused.var), inner));
      continue;
    }
    const { parent, outer, inner } = relation;
    if (parent.kind === 'spatial') {
      // Loops over spatial axes are made anew: only their variables need a value.
      value.set(parent.var, parent.var);
      continue;
    }
    if (parent.extent === undefined || inner.extent === undefined || outer.extent === undefined) {
      throw new ScheduleError('RF', `the extents of the parts of ${parent.var.name} are not known: a split is open`);
    }
    const whole = binary('add', binary('mul', at(outer.var), int(inner.extent)), at(inner.var));
    value.set(parent.var, whole);
    if (outer.extent * inner.extent !== parent.extent) {
      const inside = binary('lt', whole, int(parent.extent));
      guard = guard === undefined ? inside : binary('and', guard, inside);
    }
  }
  const replacements = new Map<Var, Expr>();
  for (const axis of op.reduceAxes) {
    const now = at(axis.var);
    if (now !== axis.var) replacements.set(axis.var, axis.min === 0 ? now : binary('add', now, int(axis.min)));
  }
  const body = rewriteExpr(source, (node) => (node.kind === 'var' ? replacements.get(node) ?? node : node));
  return guard === undefined ? body : ifThenElse(guard, body, neutral(combiner, body.dtype));
}
