/**
 * From a stage's root axes to its loops: the binary splits and fusions that its steps amount to, with the variable names that
 * the original's schedules have (spec lowering, section 1; log-format, 3.5).
 */
import type { ComputeOp } from '../dag/op.js';
import { variable, type Var } from '../ir/expr.js';
import { fusedName, innerName, outerName } from './names.js';
import { splitLengths } from './split-lengths.js';
import { stepsOfStage } from './stage-ids.js';
import type { IteratorKind } from './state.js';
import { ScheduleError, type TransformStep } from './step.js';

/** A loop variable. `extent` is its full extent, before any inference; undefined after a split with an open length. */
export interface LeafAxis { readonly var: Var; readonly extent: number | undefined; readonly kind: IteratorKind }

/** `parent` = `outer` * (extent of `inner`) + `inner`. `factor`: the given length, of the inner part, or of the outer if `nparts`. */
export interface SplitRelation { readonly kind: 'split'; readonly parent: LeafAxis; readonly outer: LeafAxis; readonly inner: LeafAxis; readonly factor: number | null; readonly nparts: boolean }
/** `outer` = `fused` div (extent of `inner`), `inner` = `fused` mod it. */
export interface FuseRelation { readonly kind: 'fuse'; readonly outer: LeafAxis; readonly inner: LeafAxis; readonly fused: LeafAxis }
export type AxisRelation = SplitRelation | FuseRelation;

export interface StageAxes {
  /** Spatial, then reduce axes; their variables are those of the operation, except for the extent-1 axis of a fused scalar. */
  readonly roots: readonly LeafAxis[];
  /** In the order in which they were made. */
  readonly relations: readonly AxisRelation[];
  /** One for each iterator of the stage, in its order; then those that a fusion of nothing hid. */
  readonly leaves: readonly LeafAxis[];
}

function binarySplit(relations: AxisRelation[], parent: LeafAxis, factor: number | null, nparts: boolean): readonly [LeafAxis, LeafAxis] {
  const other = parent.extent === undefined || factor === null ? undefined : Math.floor((parent.extent + factor - 1) / factor);
  const given = other === undefined ? undefined : factor ?? undefined;
  const part = (name: string, extent: number | undefined): LeafAxis => ({ var: variable(name, parent.var.dtype), extent, kind: parent.kind });
  const outer = part(outerName(parent.var.name), nparts ? given : other);
  const inner = part(innerName(parent.var.name), nparts ? other : given);
  relations.push({ kind: 'split', parent, outer, inner, factor, nparts });
  return [outer, inner];
}

function fuseTwo(relations: AxisRelation[], outer: LeafAxis, inner: LeafAxis): LeafAxis {
  const extent = outer.extent === undefined || inner.extent === undefined ? undefined : outer.extent * inner.extent;
  const fused: LeafAxis = { var: variable(fusedName(outer.var.name, inner.var.name), outer.var.dtype), extent, kind: outer.kind === inner.kind ? outer.kind : 'mixed' };
  relations.push({ kind: 'fuse', outer, inner, fused });
  return fused;
}

/** The axes of stage `id` (a compute operation `op`) after `steps`. */
export function stageAxes(steps: readonly TransformStep[], id: number, op: ComputeOp): StageAxes {
  const roots: LeafAxis[] = [...op.axes, ...op.reduceAxes].map((axis) => ({
    var: axis.var, extent: axis.extent, kind: axis.kind === 'reduce' ? 'reduction' : 'spatial',
  }));
  const relations: AxisRelation[] = [];
  let leaves: LeafAxis[] = roots.slice();
  const leaf = (step: TransformStep, at: number): LeafAxis => {
    const found = leaves[at];
    if (found === undefined) throw new ScheduleError(step.kind, `${op.name} has no iterator ${at}`);
    return found;
  };
  for (const { index, step } of stepsOfStage(steps, id)) {
    switch (step.kind) {
      case 'SP': case 'FSP': case 'FFSP': {
        const { lengths, innerToOuter } = splitLengths(steps.slice(0, index), step);
        const parts: LeafAxis[] = [];
        let rest = leaf(step, step.iter);
        for (let k = 0; k < lengths.length; k++) {
          const [outer, inner] = binarySplit(relations, rest, lengths[innerToOuter ? lengths.length - 1 - k : k] ?? null, !innerToOuter);
          if (innerToOuter) parts.unshift(inner);
          else parts.push(outer);
          rest = innerToOuter ? outer : inner;
        }
        if (innerToOuter) parts.unshift(rest);
        else parts.push(rest);
        leaves.splice(step.iter, 1, ...parts);
        break;
      }
      case 'FU': {
        const first = step.iters[0];
        if (first === undefined) {
          const only: LeafAxis = { var: variable('singleton'), extent: 1, kind: 'special' };
          roots.push(only);
          leaves.unshift(only);
          break;
        }
        let fused = leaf(step, first);
        for (const at of step.iters.slice(1)) fused = fuseTwo(relations, fused, leaf(step, at));
        leaves.splice(first, step.iters.length, fused);
        break;
      }
      case 'RE':
        leaves = [...step.order.map((at) => leaf(step, at)), ...leaves.slice(step.order.length)];
        break;
      default:
        break;
    }
  }
  return { roots, relations, leaves };
}
