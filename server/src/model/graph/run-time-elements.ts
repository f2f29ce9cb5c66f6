/** Elements of shapes that a network computes, where each is a number or an extent that depends on data: Expand to such a shape, as x[mask] = value asks for it. */
import { elementCount } from '../../ir/buffer.js';
import { hostTensor } from '../tensor.js';
import { Emitter, int, type Expansion } from './expansion.js';
import type { GraphNode, Value } from './graph.js';

/** An extent of a run: its count (graph.ts, RunTimeExtent), and the most that it can be. */
export interface OpenExtent { readonly count: Value; readonly bound: number }
export type ShapeElement = number | OpenExtent;

/** Shapes are short. */
const MOST = 64;

/** By element; undefined: one of them is something else. */
export function elementsOf(value: Value, nodes: readonly GraphNode[]): readonly ShapeElement[] | undefined {
  return trace(value, new Map(nodes.flatMap((node) => node.outputs.map((output): [Value, GraphNode] => [output, node]))));
}

function trace(value: Value, makers: ReadonlyMap<Value, GraphNode>): readonly ShapeElement[] | undefined {
  if (elementCount(value.shape) > MOST || value.extent !== undefined) return undefined;
  if (value.constant !== undefined) {
    const loaded = value.constant.load();
    return loaded.ok ? Array.from(loaded.value.data) : undefined;
  }
  const node = makers.get(value);
  if (node === undefined) return undefined;
  const counted = node.outputs.find((output) => output.extent?.count === value);
  if (counted?.extent !== undefined) return [{ count: value, bound: counted.shape[counted.extent.axis] ?? 0 }];
  const parts: (readonly ShapeElement[])[] = [];
  for (const input of node.inputs) {
    const part = input === undefined ? [] : trace(input, makers);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  const [x = [], ...others] = parts;
  const size = elementCount(value.shape);
  const at = (part: readonly ShapeElement[] | undefined, i: number): ShapeElement | undefined => (part?.length === 1 ? part[0] : part?.[i]);
  const each = (element: (i: number) => ShapeElement | undefined): readonly ShapeElement[] | undefined => {
    const made = Array.from({ length: size }, (_, i) => element(i));
    return made.every((one) => one !== undefined) ? made.flatMap((one) => one ?? []) : undefined;
  };
  switch (node.op) {
    case 'Identity': case 'Reshape': case 'Squeeze': case 'Unsqueeze': case 'Cast': return x;
    case 'Concat': return parts.flat();
    case 'Gather': return node.inputs[0]?.shape.length === 1 ? each((i) => chosen(x, others[0]?.[i])) : undefined;
    case 'Slice': return node.inputs[0]?.shape.length === 1 && others[3] === undefined ? sliced(x, others) : undefined;
    case 'Equal': return each((i) => equal(at(x, i), at(others[0], i)));
    case 'Where': return each((i) => {
      const condition = at(x, i);
      return typeof condition === 'number' ? at(condition !== 0 ? others[0] : others[1], i) : undefined;
    });
    default: return undefined;
  }
}

function chosen(x: readonly ShapeElement[], index: ShapeElement | undefined): ShapeElement | undefined {
  return typeof index === 'number' ? x[index < 0 ? index + x.length : index] : undefined;
}

function sliced(x: readonly ShapeElement[], [starts, ends]: readonly (readonly ShapeElement[])[]): readonly ShapeElement[] | undefined {
  const [start, end] = [starts?.[0], ends?.[0]];
  return typeof start === 'number' && typeof end === 'number' ? x.slice(start, end) : undefined;
}

/** No extent is negative. */
function equal(a: ShapeElement | undefined, b: ShapeElement | undefined): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a === b ? 1 : 0;
  return (typeof a === 'number' && a < 0) || (typeof b === 'number' && b < 0) ? 0 : undefined;
}

/** On an Expand: the axis whose extent is a third input. */
export const OPEN_AXIS = '#open_axis';

/** An Expand to a shape with one extent that depends on data: all of its bound is made. */
export function expandOpen(at: Expansion): readonly Value[] | undefined {
  const [x, shape] = at.inputs;
  const wanted = x === undefined || shape === undefined || shape.constant !== undefined || x.extent !== undefined ? undefined : at.to.elements(shape);
  if (x === undefined || wanted === undefined) return undefined;
  const open = wanted.flatMap((element, i) => (typeof element === 'number' ? [] : [{ ...element, i }]));
  const [one] = open;
  if (one === undefined || open.length > 1) return undefined;
  // Counted in the result, which may have more dimensions than the shape says.
  const rank = Math.max(wanted.length, x.shape.length);
  const axis = one.i + rank - wanted.length;
  const own = axis - rank + x.shape.length;
  if (own >= 0 && x.shape[own] !== 1) return undefined;
  const emit = new Emitter(at);
  const bounds = wanted.map((element) => (typeof element === 'number' ? element : element.bound));
  return [emit.op('Expand', [x, emit.constant(hostTensor('int64', [bounds.length], bounds)), one.count], { [OPEN_AXIS]: int(axis) })];
}
