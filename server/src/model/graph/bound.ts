/** The largest values that integers can have which are known in a run only, as far as extents, minima and constants say. */
import { elementCount } from '../../ir/buffer.js';
import type { GraphNode, Value } from './graph.js';

/** Shapes are short. */
const MOST = 64;

/** Of the only element; undefined: nothing says it. */
export function boundOf(value: Value, nodes: readonly GraphNode[]): number | undefined {
  const found = boundsOf(value, new Map(nodes.flatMap((node) => node.outputs.map((output): [Value, GraphNode] => [output, node]))));
  const [bound] = found ?? [];
  return found?.length === 1 && bound !== undefined && Number.isFinite(bound) ? bound : undefined;
}

/** By element; infinite where nothing says it. */
function boundsOf(value: Value, makers: ReadonlyMap<Value, GraphNode>): readonly number[] | undefined {
  if (elementCount(value.shape) > MOST) return undefined;
  if (value.constant !== undefined) {
    const loaded = value.constant.load();
    return loaded.ok ? Array.from(loaded.value.data) : undefined;
  }
  const open = new Array<number>(elementCount(value.shape)).fill(Infinity);
  const node = makers.get(value);
  if (node === undefined) return open;
  const counted = node.outputs.find((output) => output.extent?.count === value);
  if (counted?.extent !== undefined) return [counted.shape[counted.extent.axis] ?? Infinity];
  const parts = (): readonly (readonly number[] | undefined)[] => node.inputs.flatMap((input) => (input === undefined ? [] : [boundsOf(input, makers)]));
  switch (node.op) {
    case 'Identity': case 'Reshape': case 'Squeeze': case 'Unsqueeze': case 'Cast': return node.inputs[0] === undefined ? open : boundsOf(node.inputs[0], makers);
    case 'Concat': return parts().flatMap((part) => part ?? [Infinity]).slice(0, open.length);
    case 'Gather': {
      const [x, at] = parts();
      return x === undefined || at === undefined || node.inputs[0]?.shape.length !== 1 ? open : at.map((i) => x[i < 0 ? i + x.length : i] ?? Infinity);
    }
    case 'Min': case 'Max': case 'Add': {
      const all = parts();
      return open.map((_, i) => {
        const own = all.map((part) => (part?.length === 1 ? part[0] : part?.[i]) ?? Infinity);
        return node.op === 'Add' ? own.reduce((a, b) => a + b, 0) : node.op === 'Min' ? Math.min(...own) : Math.max(...own);
      });
    }
    default: return open;
  }
}
