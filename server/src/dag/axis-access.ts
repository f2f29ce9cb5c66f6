/** How one load of an operation's body uses its axes (TVM: IsConstShiftEqual, IsSimpleAccess; spec sketch-rules, section 1). */
import type { Expr, Var } from '../ir/expr.js';
import type { ComputeOp } from './op.js';

/** Whether `e` is `v`, `v + c`, `v - c` or `c + v` with an integer literal c. */
export function isConstShift(v: Var, e: Expr): boolean {
  if (e === v) return true;
  if (e.kind !== 'binary') return false;
  if (e.op === 'add') return (e.a === v && e.b.kind === 'int') || (e.a.kind === 'int' && e.b === v);
  return e.op === 'sub' && e.a === v && e.b.kind === 'int';
}

export interface AxisUse {
  /** An axis that no index uses (a broadcast). */
  readonly missing: boolean;
  /** An axis that several indices use. */
  readonly duplicated: boolean;
  /** The axes stand in the indices in their own order. */
  readonly sameOrder: boolean;
}

/** The use of the axes by a simple access (each index a literal or one axis, possibly shifted); undefined for others. */
export function simpleAccess(op: ComputeOp, indices: readonly Expr[]): AxisUse | undefined {
  const uses = op.axes.map(() => 0);
  let last = -1;
  let sameOrder = true;
  for (const index of indices) {
    if (index.kind === 'int') continue;
    const axis = op.axes.findIndex((a) => isConstShift(a.var, index));
    if (axis < 0) return undefined;
    uses[axis] = (uses[axis] ?? 0) + 1;
    sameOrder &&= axis >= last;
    last = axis;
  }
  return { missing: uses.includes(0), duplicated: uses.some((n) => n > 1), sameOrder };
}
