/** Every operator of a model that nothing here can run, told at once: whoever mends a model wants to know all of it. */
import type { OnnxFunction, OnnxGraph, OnnxNode } from '../onnx/onnx-graph.js';
import type { ModelProblem } from '../problem.js';

/** Where an operator stands: its first node's name, and how many nodes there are. */
interface Found { readonly first: string; count: number }

/** As people write it: with its domain, where that is not ONNX's own. */
function nameOf({ domain, op }: OnnxNode): string {
  return domain === '' ? op : `${domain}.${op}`;
}

/** The problem of a model with at least one node that `isKnown` does not know; sub-graphs and functions count. */
export function unsupportedOperators(onnx: OnnxGraph, isKnown: (node: OnnxNode, functions: ReadonlyMap<string, OnnxFunction>) => boolean): ModelProblem {
  const found = new Map<string, Found>();
  const look = (nodes: readonly OnnxNode[]): void => {
    for (const node of nodes) {
      if (!isKnown(node, onnx.functions)) {
        const known = found.get(nameOf(node));
        if (known === undefined) found.set(nameOf(node), { first: node.name, count: 1 });
        else known.count++;
      }
      for (const attribute of node.attributes.values()) if (attribute.kind === 'graph') look(attribute.value.nodes);
    }
  };
  look(onnx.nodes);
  for (const { nodes } of onnx.functions.values()) look(nodes);
  const names = [...found.keys()];
  const places = [...found].map(([name, { first, count }]) => `${name} (${count === 1 ? `node "${first}"` : `${count} nodes, the first "${first}"`})`);
  const node = [...found.values()][0]?.first;
  return {
    message: `operator${names.length === 1 ? '' : 's'} ${places.join(', ')} ${names.length === 1 ? 'is' : 'are'} not supported: run the model through a simplifier such as onnxslim, which may fold ${names.length === 1 ? 'it' : 'them'} away, ${names.some((name) => name.includes('.')) ? 'or define it in a .tc file beside the model: @onnx("domain", "Name") before its def' : 'or write this part as a .tc file and tune it by itself'}`,
    ...(node === undefined ? {} : { node }), unsupported: names,
  };
}
