/** A group of primitives -> a compute DAG with placeholders `p0, p1, ...` and the tensors that they stand for. */
import { assert, defined } from '../../base/assert.js';
import type { ComputeDag } from '../../dag/compute-dag.js';
import { createDag, placeholder } from '../../dag/create.js';
import type { Op } from '../../dag/op.js';
import type { Buffer } from '../../ir/buffer.js';
import type { NodeRef } from '../graph/graph.js';
import type { Group } from './fuse.js';
import type { Tensor } from './tensor.js';

export interface TaskDag {
  readonly dag: ComputeDag;
  /** What each placeholder stands for, in the order of `dag.ops`. */
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** Names of the primitives, `nn_conv2d_add_nn_relu`. */
  readonly name: string;
  /** No reduction: not worth tuning. */
  readonly simple: boolean;
  /** The model's nodes that were fused, in order. */
  readonly nodes: readonly NodeRef[];
}

export function taskDag(group: Group): TaskDag {
  const last = defined(group[group.length - 1], 'a primitive');
  const inside = new Set<Tensor>(group.map((primitive) => primitive.output));
  const buffers = new Map<Tensor, Buffer>();
  const tensors = new Map<Op, Tensor>();
  const ops: Op[] = [];
  const bufferOf = (tensor: Tensor, isWeights: boolean): Buffer => {
    const known = buffers.get(tensor);
    if (known !== undefined) return known;
    const op = placeholder(`p${tensors.size}`, tensor.shape, tensor.dtype, { constant: isWeights && tensor.origin.kind === 'constant' });
    buffers.set(tensor, op.output);
    tensors.set(op, tensor);
    ops.push(op);
    return op.output;
  };
  for (const primitive of group) {
    const [first, second] = primitive.inputs;
    // The operand computed in this task comes first, so that `a + conv(x)` and `conv(x) + a` are one task.
    const swap = primitive.commutative === true && first !== undefined && second !== undefined && !inside.has(first) && inside.has(second);
    const inputs = swap ? primitive.inputs.toReversed() : primitive.inputs;
    const stages = primitive.build(inputs.map((tensor, i) => bufferOf(tensor, i === primitive.weights)));
    ops.push(...stages);
    const result = defined(stages[stages.length - 1], 'a stage').output;
    assert(result.shape.join() === primitive.output.shape.join(), `${primitive.label} computes the shape that was inferred`);
    buffers.set(primitive.output, result);
  }
  const output = defined(buffers.get(last.output), 'the output');
  const dag = createDag(ops, [output]);
  return {
    dag,
    inputs: dag.ops.flatMap((op) => tensors.get(op) ?? []),
    output: last.output,
    name: group.map((primitive) => primitive.label).join('_'),
    simple: dag.ops.every((op) => op.kind === 'placeholder' || op.body.kind === 'expr'),
    nodes: [...new Map(group.flatMap((primitive) => primitive.nodes).map((node) => [`${node.op} ${node.name}`, node])).values()],
  };
}
