/**
 * A reduction over data with zeros between its elements, as the code generator computes it (target/kernel/phases.ts): the outputs of one residue
 * at a time, with the taps that meet data. Tiles are chosen for that and stretched again.
 */
import type { Axis, ComputeOp } from '../dag/op.js';
import type { ZeroGrids } from '../dag/zero-grid.js';
import type { Expr } from '../ir/expr.js';
import { visitExpr } from '../ir/walk.js';

export interface Thinned {
  /** The operation with the extents of one residue. */
  readonly op: ComputeOp;
  /** Per spatial axis and per reduction axis: how far apart its steps are. */
  readonly steps: readonly number[];
  readonly taps: readonly number[];
}

export function thinned(op: ComputeOp, zeros: ZeroGrids): Thinned {
  const steps = op.axes.map(() => 1);
  const taps = op.reduceAxes.map(() => 1);
  if (op.body.kind === 'reduce') {
    visitExpr(op.body.source, (e) => {
      if (e.kind !== 'load') return;
      for (const { dimension, modulus } of zeros.get(e.buffer) ?? []) {
        const used = new Set<Expr>();
        const index = e.indices[dimension];
        if (index !== undefined) visitExpr(index, (x) => used.add(x));
        const of = (axes: readonly Axis[]): number[] => axes.flatMap((axis, i) => (used.has(axis.var) ? [i] : []));
        const [axis, tap] = [of(op.axes), of(op.reduceAxes)];
        if (axis.length > 1 || tap.length !== 1) continue;
        for (const i of axis) if ((op.axes[i]?.extent ?? 1) % modulus === 0) steps[i] = modulus;
        for (const i of tap) if ((op.reduceAxes[i]?.extent ?? 1) % modulus === 0) taps[i] = modulus;
      }
    });
  }
  const shorter = (axes: readonly Axis[], by: readonly number[]): readonly Axis[] => axes.map((axis, i) => ({ ...axis, extent: axis.extent / (by[i] ?? 1) }));
  const same = [...steps, ...taps].every((step) => step === 1);
  return { op: same ? op : { ...op, axes: shorter(op.axes, steps), reduceAxes: shorter(op.reduceAxes, taps) }, steps, taps };
}
