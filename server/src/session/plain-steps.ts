/**
 * The schedule of plain programs, whose outputs are references: each element gets the same terms in the same order as in the naive one, bit for bit,
 * but sums go over the innermost axis of their output last, of which compilers make vectors.
 */
import type { ComputeDag } from '../dag/compute-dag.js';
import type { ComputeOp } from '../dag/op.js';
import { dtypeBytes } from '../ir/dtype.js';
import type { TransformStep } from '../schedule/step.js';

/** Elements of the innermost axis that follow each other: a cache line of floats. */
const BLOCK = 16;

/** Where the terms of all elements along the innermost axis fill `cacheBytes` (weights above all), they are gone before the next elements need them: blocks of them come first, then the other axes. */
export function plainSteps(dag: ComputeDag, cacheBytes: number): TransformStep[] {
  return dag.ops.flatMap((op, stage) => (op.kind === 'placeholder' || op.axes.length === 0 || op.reduceAxes.length === 0 ? [] : orderOf(op, stage, cacheBytes)));
}

function orderOf(op: ComputeOp, stage: number, cacheBytes: number): TransformStep[] {
  const inner = op.axes.length - 1;
  const outer = [...op.axes.keys()].slice(0, inner);
  const reduced = op.reduceAxes.map((_, r) => op.axes.length + r);
  const extent = op.axes[inner]?.extent ?? 1;
  const bytes = op.reduceAxes.reduce((n, axis) => n * axis.extent, extent * dtypeBytes(op.output.dtype));
  if (extent % BLOCK !== 0 || extent === BLOCK || bytes <= cacheBytes) return [{ kind: 'RE', stage, order: [...outer, ...reduced, inner] }];
  return [
    { kind: 'SP', stage, iter: inner, extent, lengths: [BLOCK], innerToOuter: true },
    { kind: 'RE', stage, order: [inner, ...outer, ...reduced.map((r) => r + 1), inner + 1] },
  ];
}
