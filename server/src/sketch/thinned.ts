/**
 * The part of a reduction that tiles are chosen for. Over data with zeros between its elements the code generator computes the outputs of one residue
 * at a time, with the taps that meet data (target/kernel/phases.ts): tiles are chosen for that and stretched again. Of channels in groups a tile
 * stays within one group, since all its lanes read the same data.
 */
import type { Axis, ComputeOp } from '../dag/op.js';
import type { ZeroGrids } from '../dag/zero-grid.js';
import type { Expr } from '../ir/expr.js';
import { visitExpr } from '../ir/walk.js';

/** Groups of fewer channels are no tiles. */
const LEAST_GROUP = 4;

export interface Thinned {
  /** The operation with the extents of one residue and one group. */
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
  const groups = groupsOf(op);
  const shorter = (axes: readonly Axis[], by: readonly number[]): readonly Axis[] => axes.map((axis, i) => ({ ...axis, extent: axis.extent / (by[i] ?? 1) }));
  const same = [...steps, ...taps, ...groups].every((step) => step === 1);
  return { op: same ? op : { ...op, axes: shorter(shorter(op.axes, steps), groups), reduceAxes: shorter(op.reduceAxes, taps) }, steps, taps };
}

/** Per spatial axis: into how many groups its quotients in indices divide it. */
function groupsOf(op: ComputeOp): readonly number[] {
  const groups = op.axes.map(() => 1);
  if (op.body.kind !== 'reduce') return groups;
  visitExpr(op.body.source, (e) => {
    if (e.kind !== 'load') return;
    for (const index of e.indices) {
      visitExpr(index, (x) => {
        if (x.kind !== 'binary' || x.op !== 'floordiv' || x.b.kind !== 'int') return;
        const axis = op.axes.findIndex(({ var: v }) => v === x.a);
        const extent = op.axes[axis]?.extent ?? 1;
        if (x.b.value >= LEAST_GROUP && extent % x.b.value === 0) groups[axis] = Math.max(groups[axis] ?? 1, extent / x.b.value);
      });
    }
  });
  return groups;
}
