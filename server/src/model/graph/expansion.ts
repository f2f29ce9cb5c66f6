/**
 * Nodes that stand for other nodes: control flow, functions of the model, recurrent layers. They are replaced while the graph is
 * imported, so that everything behind the importer sees plain operators and equal steps become one task.
 */
import type { Result } from '../../base/result.js';
import type { OnnxAttribute, OnnxBody, OnnxNode } from '../onnx/onnx-graph.js';
import { known, type HostTensor } from '../tensor.js';
import type { GraphNode, Value } from './graph.js';
import type { ModelProblem } from '../problem.js';
import type { ShapeElement } from './run-time-elements.js';
import { Scope } from './scope.js';

/** Steps of a loop that are unrolled: each becomes calls of its own in the plan. */
export const MOST_STEPS = 1024;
/** More steps than these stay a loop where that can be: plans and compilers take long for what has thousands of calls. */
export const MANY_STEPS = 32;
/** Nodes that all expansions of one model may make together. */
export const MOST_NODES = 200_000;
/** Operator set of the nodes that expansions make. */
export const OWN_OPSET = 18;

/** What an expansion may ask of the importer. */
export interface Expander {
  /** Imports a node into the scope; its outputs are then found there. */
  readonly node: (node: OnnxNode, opset: number, scope: Scope) => Result<void, ModelProblem>;
  /** Keeps a place among the nodes, which the function fills; one that is never filled is nothing. */
  readonly hold: () => (node: GraphNode) => void;
  /** The largest number that an integer can be, where the graph says so: the extent of some dimension that depends on data. */
  readonly bound: (value: Value) => number | undefined;
  /** The elements of a computed shape, where each is a number or an extent that depends on data. */
  readonly elements: (value: Value) => readonly ShapeElement[] | undefined;
}

export interface Expansion {
  readonly node: OnnxNode;
  readonly opset: number;
  /** Where the node stands; its outputs are put here. */
  readonly scope: Scope;
  /** undefined: an omitted optional input. */
  readonly inputs: readonly (Value | undefined)[];
  readonly to: Expander;
}

/** The body's nodes in a scope of their own, its inputs bound to `given`; gives the body's outputs. */
export function importBody(body: OnnxBody, given: readonly (Value | undefined)[], { opset, scope, to }: Pick<Expansion, 'opset' | 'scope' | 'to'>): Result<readonly Value[], string | ModelProblem> {
  const inner = new Scope(scope);
  for (const [name, constant] of body.initializers) inner.set(name, { name, dtype: constant.dtype, shape: constant.shape, constant });
  for (const [i, input] of body.inputs.entries()) {
    const value = given[i];
    if (value !== undefined) inner.set(input.name, value);
  }
  for (const node of body.nodes) {
    const added = to.node(node, opset, inner);
    if (!added.ok) return added;
  }
  const outputs: Value[] = [];
  for (const { name } of body.outputs) {
    const value = inner.get(name);
    if (value === undefined) return { ok: false, error: `no node of its body computes "${name}"` };
    outputs.push(value);
  }
  return { ok: true, value: outputs };
}

/** Makes plain nodes, one after another; a node that cannot be imported ends the expansion. @throws ExpansionError */
export class Emitter {
  private next = 0;
  private readonly scope: Scope;

  constructor(private readonly at: Expansion) {
    this.scope = new Scope(at.scope);
  }

  /** The first output of a new node. */
  op(op: string, inputs: readonly (Value | undefined)[], attributes: Readonly<Record<string, OnnxAttribute>> = {}): Value {
    const names = inputs.map((value) => {
      if (value === undefined) return '';
      const name = this.fresh();
      this.scope.set(name, value);
      return name;
    });
    const output = this.fresh();
    const made = this.at.to.node({ op, domain: '', name: this.at.node.name, inputs: names, outputs: [output], attributes: new Map(Object.entries(attributes)) }, OWN_OPSET, this.scope);
    if (!made.ok) throw new ExpansionError(made.error);
    const value = this.scope.get(output);
    if (value === undefined) throw new Error('assertion failed: an imported node has its output');
    return value;
  }

  constant(tensor: HostTensor): Value {
    return { name: '', dtype: tensor.dtype, shape: tensor.shape, constant: known(tensor) };
  }

  private fresh(): string {
    return `${this.at.node.name}#${this.next++}`;
  }
}

/** Ends an expansion from inside; caught where the importer calls it. */
export class ExpansionError extends Error {
  /** `unknown`: the value whose elements would have to be known. */
  constructor(readonly problem: ModelProblem | string, readonly unknown?: Value) {
    super(typeof problem === 'string' ? problem : problem.message);
  }
}

export function int(value: number): OnnxAttribute {
  return { kind: 'int', value };
}

/** The only element of a value that is known at compile time. */
export function knownScalar(value: Value | undefined): number | undefined {
  const loaded = value?.constant?.load();
  return loaded?.ok === true ? loaded.value.data[0] : undefined;
}
