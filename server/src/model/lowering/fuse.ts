/**
 * Fusion: which primitives become one task. Element-wise tails join the primitive whose output only they read; where both
 * operands could take an element-wise operator (the two branches of a residual block), the later anchor does, so that
 * blocks with and without a projection give equal tasks. (Operator fusion of Ansor's section 3; relay's FuseOps, its
 * element-wise part.)
 */
import type { Primitive } from './primitive.js';
import { rootOf, type Tensor } from './tensor.js';

/** Primitives of one task, producers first; the last one computes its output. */
export type Group = readonly Primitive[];

export function fuse(primitives: readonly Primitive[], outputs: readonly Tensor[]): Group[] {
  const closed = closedTensors(primitives, outputs);
  const open = new Map<Tensor, Primitive[]>();
  const groups = new Set<Primitive[]>();
  for (const primitive of primitives) {
    const group = groupFor(primitive, open, closed) ?? [];
    const last = group[group.length - 1];
    if (last !== undefined) open.delete(last.output);
    group.push(primitive);
    open.set(primitive.output, group);
    // Calls run in the order of their last primitives.
    groups.delete(group);
    groups.add(group);
  }
  return [...groups];
}

/** Tensors that must be stored: read by several primitives, through an alias, or by the caller. */
function closedTensors(primitives: readonly Primitive[], outputs: readonly Tensor[]): ReadonlySet<Tensor> {
  const closed = new Set<Tensor>(outputs.map(rootOf));
  const read = new Set<Tensor>();
  for (const primitive of primitives) {
    for (const input of new Set(primitive.inputs)) {
      if (input.origin.kind === 'alias' || read.has(input)) closed.add(rootOf(input));
      read.add(input);
    }
  }
  return closed;
}

function groupFor(primitive: Primitive, open: ReadonlyMap<Tensor, Primitive[]>, closed: ReadonlySet<Tensor>): Primitive[] | undefined {
  if (primitive.pattern !== 'elementwise') return undefined;
  const shape = primitive.output.shape.join();
  const fitting = primitive.inputs.filter((input) => !closed.has(input) && input.shape.join() === shape);
  const candidates = new Set(fitting.map((input) => open.get(input)));
  // `open` lists groups in the order of their last primitives.
  const latestFirst = [...open.values()].filter((group) => candidates.has(group)).reverse();
  return latestFirst.find((group) => group.some((p) => p.pattern === 'anchor')) ?? latestFirst[0];
}
