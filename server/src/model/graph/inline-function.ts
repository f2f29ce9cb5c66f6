/** A call of one of the model's functions: its nodes with the call's attributes filled in (onnx.proto, FunctionProto). */
import type { OnnxAttribute, OnnxFunction, OnnxNode } from '../onnx/onnx-graph.js';
import { ExpansionError, importBody, type Expansion } from './expansion.js';
import type { Value } from './graph.js';
import { Scope } from './scope.js';

export function expandFunction(called: OnnxFunction, at: Expansion): readonly (Value | undefined)[] {
  const given = new Map([...called.defaults, ...at.node.attributes]);
  const nodes = called.nodes.map((node) => filled(node, given));
  const present = new Set(called.inputs.filter((_, i) => at.inputs[i] !== undefined));
  const omitted = new Set(called.inputs.filter((name) => !present.has(name)));
  const body = {
    nodes: nodes.map((node) => ({ ...node, inputs: node.inputs.map((name) => (omitted.has(name) ? '' : name)) })),
    initializers: new Map(), inputs: called.inputs.map((name) => ({ name, dtype: undefined, shape: undefined })),
    outputs: called.outputs.filter((_, i) => (at.node.outputs[i] ?? '') !== '').map((name) => ({ name, dtype: undefined, shape: undefined })),
  };
  const outputs = importBody(body, at.inputs, { opset: called.opset, scope: new Scope(), to: at.to });
  if (!outputs.ok) throw new ExpansionError(outputs.error);
  let next = 0;
  return called.outputs.map((_, i) => ((at.node.outputs[i] ?? '') === '' ? undefined : outputs.value[next++]));
}

/** References to the call's attributes are replaced, in sub-graphs too; those that the call leaves out are dropped. */
function filled(node: OnnxNode, given: ReadonlyMap<string, OnnxAttribute>): OnnxNode {
  const attributes = new Map<string, OnnxAttribute>();
  for (const [name, attribute] of node.attributes) {
    const meant = attribute.kind === 'reference' ? given.get(attribute.value) : attribute;
    if (meant === undefined) continue;
    attributes.set(name, meant.kind === 'graph' ? { kind: 'graph', value: { ...meant.value, nodes: meant.value.nodes.map((inner) => filled(inner, given)) } } : meant);
  }
  return { ...node, attributes };
}
