/** What the loops of a reduction move: which axes change which operands. */
import type { ComputeOp } from '../dag/op.js';
import type { Expr } from '../ir/expr.js';
import { visitExpr } from '../ir/walk.js';

/** For each load of a reduction, which spatial axes move it. */
export function movedBy(op: ComputeOp): boolean[][] {
  const loads: boolean[][] = [];
  if (op.body.kind === 'reduce') {
    visitExpr(op.body.source, (e) => {
      if (e.kind !== 'load') return;
      const used = new Set<Expr>();
      for (const index of e.indices) visitExpr(index, (x) => used.add(x));
      loads.push(op.axes.map((axis) => used.has(axis.var)));
    });
  }
  return loads;
}

/** Does the axis move all operands, as batches and groups do? */
export function movesAll(loads: readonly (readonly boolean[])[], axis: number): boolean {
  return loads.length > 1 && loads.every((used) => used[axis]);
}
