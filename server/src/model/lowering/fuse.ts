/**
 * Fusion: which primitives become one task. A task starts at a primitive and takes the element-wise operators behind it, as long
 * as everything between is read only inside: a chain, or a diamond such as `x * sigmoid(x)`. Anchors choose first, the last one
 * before the others, so that in a residual block the second branch takes the sum whether or not the first has a projection.
 * (Operator fusion as Ansor's section 3 presumes it; relay's FuseOps by dominators, its element-wise part.)
 */
import type { Primitive } from './primitive.js';
import { rootOf, type Tensor } from './tensor.js';

/** Primitives of one task, producers first; the last one computes its output. */
export type Group = readonly Primitive[];

/** `outputs`: tensors that must be stored, since the model gives them or a procedure reads them. */
export function fuse(primitives: readonly Primitive[], outputs: readonly Tensor[]): Group[] {
  const readers = readersOf(primitives, outputs);
  const position = new Map(primitives.map((primitive, i) => [primitive, i]));
  const byPosition = (a: Primitive, b: Primitive): number => (position.get(a) ?? 0) - (position.get(b) ?? 0);
  const taken = new Set<Primitive>();
  const groups: Primitive[][] = [];
  const start = (first: Primitive): void => {
    if (taken.has(first)) return;
    const group = [first];
    taken.add(first);
    for (let tail = nextTail(first.output, readers, taken, byPosition); tail.length > 0; tail = nextTail(last(group).output, readers, taken, byPosition)) {
      group.push(...tail);
      tail.forEach((primitive) => taken.add(primitive));
    }
    groups.push(group);
  };
  primitives.filter((primitive) => primitive.pattern === 'anchor').reverse().forEach(start);
  primitives.filter((primitive) => primitive.pattern === 'injective').forEach(start);
  primitives.forEach(start);
  return groups.sort((a, b) => byPosition(last(a), last(b)));
}

function last(group: readonly Primitive[]): Primitive {
  const primitive = group[group.length - 1];
  if (primitive === undefined) throw new Error('assertion failed: a group has a primitive');
  return primitive;
}

/** Who reads each tensor; undefined for tensors that must be stored, since they are outputs or are read through an alias or in another loop. */
function readersOf(primitives: readonly Primitive[], outputs: readonly Tensor[]): ReadonlyMap<Tensor, readonly Primitive[] | undefined> {
  const readers = new Map<Tensor, Primitive[] | undefined>(primitives.map((primitive) => [primitive.output, []]));
  const loops = new Map(primitives.map((primitive) => [primitive.output, primitive.loop]));
  for (const primitive of primitives) {
    for (const input of new Set(primitive.inputs)) {
      if (input.origin.kind === 'alias') readers.set(rootOf(input), undefined);
      else if (loops.get(input) !== undefined && loops.get(input) !== primitive.loop) readers.set(input, undefined);
      else readers.get(input)?.push(primitive);
    }
  }
  for (const output of outputs) readers.set(rootOf(output), undefined);
  return readers;
}

/**
 * The element-wise primitives from `tensor` to the nearest one through which all its readers pass, in order; empty where there
 * is none. Only the last one's output is read outside.
 */
function nextTail(
  tensor: Tensor, readers: ReadonlyMap<Tensor, readonly Primitive[] | undefined>, taken: ReadonlySet<Primitive>, byPosition: (a: Primitive, b: Primitive) => number,
): Primitive[] {
  const shape = tensor.shape.join();
  const tail: Primitive[] = [];
  const first = readers.get(tensor);
  if (first === undefined) return [];
  const waiting = new Set(first);
  while (waiting.size > 0) {
    const next = [...waiting].sort(byPosition)[0];
    if (next === undefined || next.pattern !== 'elementwise' || taken.has(next) || next.output.shape.join() !== shape) return [];
    waiting.delete(next);
    tail.push(next);
    if (waiting.size === 0) return tail;
    const behind = readers.get(next.output);
    if (behind === undefined) return [];
    for (const reader of behind) waiting.add(reader);
  }
  return [];
}
