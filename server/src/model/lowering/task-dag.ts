/** A group of primitives -> a compute DAG with placeholders `p0, p1, ...` and the tensors that they stand for. */
import { assert, defined } from '../../base/assert.js';
import { createBuffer, type Buffer } from '../../ir/buffer.js';
import { visitExpr } from '../../ir/walk.js';
import type { ComputeDag } from '../../dag/compute-dag.js';
import type { ComputeOp, Op, PlaceholderOp } from '../../dag/op.js';
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
}

export function taskDag(group: Group): TaskDag {
  const last = defined(group[group.length - 1], 'a primitive');
  const inside = new Set<Tensor>(group.map((primitive) => primitive.output));
  const buffers = new Map<Tensor, Buffer>();
  const placeholders = new Map<Tensor, PlaceholderOp>();
  const producers = new Map<Buffer, Op>();
  const bufferOf = (tensor: Tensor, isWeights: boolean): Buffer => {
    const known = buffers.get(tensor);
    if (known !== undefined) return known;
    const name = `p${placeholders.size}`;
    const buffer = createBuffer(name, tensor.shape, tensor.dtype);
    const placeholder: PlaceholderOp = { kind: 'placeholder', name, output: buffer, constant: isWeights && tensor.origin.kind === 'constant' };
    buffers.set(tensor, buffer);
    placeholders.set(tensor, placeholder);
    producers.set(buffer, placeholder);
    return buffer;
  };
  for (const primitive of group) {
    const [first, second] = primitive.inputs;
    // The operand computed in this task comes first, so that `a + conv(x)` and `conv(x) + a` are one task.
    const swap = primitive.commutative === true && first !== undefined && second !== undefined && !inside.has(first) && inside.has(second);
    const inputs = swap ? primitive.inputs.toReversed() : primitive.inputs;
    const stages = primitive.build(inputs.map((tensor, i) => bufferOf(tensor, i === primitive.weights)));
    for (const stage of stages) producers.set(stage.output, stage);
    const result = defined(stages[stages.length - 1], 'a stage').output;
    assert(result.shape.join() === primitive.output.shape.join(), `${primitive.label} computes the shape that was inferred`);
    buffers.set(primitive.output, result);
  }
  const output = defined(buffers.get(last.output), 'the output');
  const ops = stageOrder(defined(producers.get(output), 'the last stage'), producers);
  const tensors = new Map<Op, Tensor>([...placeholders].map(([tensor, op]) => [op, tensor]));
  return {
    dag: { ops, outputs: [output] },
    inputs: ops.flatMap((op) => tensors.get(op) ?? []),
    output: last.output,
    name: group.map((primitive) => primitive.label).join('_'),
    simple: ops.every((op) => op.kind === 'placeholder' || op.body.kind === 'expr'),
  };
}

/** Depth-first from the output, producers first, in the order in which a body reads them. */
function stageOrder(output: Op, producers: ReadonlyMap<Buffer, Op>): Op[] {
  const ops: Op[] = [];
  const seen = new Set<Op>();
  const visit = (op: Op): void => {
    if (seen.has(op)) return;
    seen.add(op);
    if (op.kind === 'compute') for (const buffer of readsOf(op)) visit(defined(producers.get(buffer), `the stage of ${buffer.name}`));
    ops.push(op);
  };
  visit(output);
  return ops;
}

function readsOf(op: ComputeOp): Set<Buffer> {
  const reads = new Set<Buffer>();
  visitExpr(op.body.kind === 'expr' ? op.body.value : op.body.source, (e) => {
    if (e.kind === 'load') reads.add(e.buffer);
  });
  return reads;
}
