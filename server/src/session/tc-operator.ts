/**
 * Operators of a model that a `.tc` file defines (`@onnx("domain", "Name")`): a node's input shapes give the sizes that the parameters name, and integer attributes those that are
 * named like them. Each output is a primitive; one with a reduction is tuned as every other task.
 */
import { assert, defined } from '../base/assert.js';
import { err, ok, type Result } from '../base/result.js';
import { createDag } from '../dag/create.js';
import type { ComputeOp, Op, PlaceholderOp } from '../dag/op.js';
import type { Buffer } from '../ir/buffer.js';
import type { DefNode } from '../lang/ast.js';
import { elaborate } from '../lang/definition.js';
import type { Operator, OperatorCall } from '../model/graph/operator.js';
import { required } from '../model/graph/operator-input.js';

type Call = Pick<OperatorCall, 'attributes' | 'inputs'>;

/** `place`: how messages name the definition, e.g. `ops.tc:3`. */
export function tcOperator(def: DefNode, place: string): Operator {
  return {
    infer: (call) => {
      const made = instance(def, call, place);
      if (!made.ok) return made;
      for (const [i, { name }] of def.params.entries()) {
        const input = required(call.inputs, i);
        if (!input.ok) return input;
        const own = made.value.tensors.get(name.text)?.output;
        const given = `${input.value.dtype} [${input.value.shape.join(', ')}]`;
        const wanted = `${own?.dtype} [${own?.shape.join(', ')}]`;
        if (given !== wanted) return err(`input ${i} (\`${name.text}\`) is ${given}, the definition has ${wanted} (${place})`);
      }
      return ok(made.value.outputs.map(({ output: { dtype, shape } }) => ({ dtype, shape })));
    },
    lower: (node, to) => {
      const made = instance(def, node, place);
      if (!made.ok) return made;
      const inputs = node.inputs.map((value) => to.read(defined(value, 'an input'), 'plain'));
      const weights = def.params.findIndex((param, i) => param.constant && node.inputs[i]?.constant !== undefined);
      made.value.outputs.forEach((op, k) => {
        const value = node.outputs[k];
        if (value === undefined || value.name === '') return;
        const pattern = stagesOf(made.value, k).some(({ body }) => body.kind === 'reduce') ? 'anchor' : 'injective';
        to.define(value, to.add({
          label: def.name.text, pattern, inputs, output: { dtype: op.output.dtype, shape: op.output.shape }, ...(weights < 0 ? {} : { weights }),
          build: (buffers) => {
            const again = instance(def, node, place, buffers);
            assert(again.ok, 'a definition that was right stays so');
            return stagesOf(again.value, k);
          },
        }), 'plain');
      });
      return ok(undefined);
    },
  };
}

interface Instance { readonly tensors: ReadonlyMap<string, Op>; readonly outputs: readonly ComputeOp[] }

/** The definition for the shapes of one node; its parameters are `buffers`, where these are given. */
function instance(def: DefNode, call: Call, place: string, buffers?: readonly Buffer[]): Result<Instance> {
  const bound = sizesOf(def, call);
  if (!bound.ok) return err(`${bound.error} (${place})`);
  const standIns = new Map(buffers?.map((buffer): [Buffer, PlaceholderOp] => [buffer, { kind: 'placeholder', name: buffer.name, output: buffer, constant: false }]));
  const given = new Map(def.params.flatMap(({ name }, i): [string, PlaceholderOp][] => {
    const buffer = buffers?.[i];
    const standIn = buffer === undefined ? undefined : standIns.get(buffer);
    return standIn === undefined ? [] : [[name.text, standIn]];
  }));
  const { dag, tensors, problems } = elaborate({ ...def, sizes: new Map([...def.sizes, ...bound.value]) }, given);
  if (dag === undefined) {
    const first = problems.find((p) => p.severity === 'error');
    return err(`${first?.message ?? 'its definition has errors'} (${place})`);
  }
  const byName = new Map(tensors.map(({ name, op }) => [name, op]));
  return ok({ tensors: byName, outputs: def.outputs.flatMap(({ text }) => [byName.get(text)].filter((op) => op?.kind === 'compute')) });
}

/** The stages that output `k` needs, producers first. */
function stagesOf({ tensors, outputs }: Instance, k: number): ComputeOp[] {
  const output = defined(outputs[k], 'an output').output;
  return createDag([...new Set(tensors.values())], [output]).ops.filter((op) => op.kind === 'compute');
}

/** Sizes that a node decides: extents of inputs where a parameter's extent is a name, and integer attributes. */
function sizesOf(def: DefNode, { inputs, attributes }: Call): Result<ReadonlyMap<string, number>> {
  if (inputs.length !== def.params.length) return err(`it has ${inputs.length} inputs, the definition ${def.params.length}`);
  const sizes = new Map<string, number>();
  for (const name of attributes.names) {
    const value = attributes.number(name, NaN);
    if (!Number.isSafeInteger(value)) return err(`its attribute "${name}" is no integer: the definition can take sizes only`);
    sizes.set(name, value);
  }
  for (const [i, { shape, name }] of def.params.entries()) {
    const extents = inputs[i]?.shape ?? [];
    if (extents.length !== shape.length) return err(`input ${i} (\`${name.text}\`) has ${extents.length} dimensions, the definition ${shape.length}`);
    for (const [axis, node] of shape.entries()) {
      if (node.kind !== 'name') continue;
      const extent = extents[axis] ?? 1;
      const known = sizes.get(node.name);
      if (known !== undefined && known !== extent) return err(`the size \`${node.name}\` is ${known} and ${extent} at the same time`);
      sizes.set(node.name, extent);
    }
  }
  return ok(sizes);
}
