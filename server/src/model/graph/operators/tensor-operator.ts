/** Operators that are written as stages over their inputs in ONNX's own layout: one list of stages for each output. */
import { assert, defined } from '../../../base/assert.js';
import { ok, type Result } from '../../../base/result.js';
import type { ComputeOp } from '../../../dag/op.js';
import { elementCount, type Buffer } from '../../../ir/buffer.js';
import type { FusionPattern } from '../../lowering/primitive.js';
import { hostTensor, known, type TensorType } from '../../tensor.js';
import type { Operator, OperatorCall } from '../operator.js';

export interface OutputPlan extends TensorType {
  /** As relay names it in a task's description. */
  readonly label: string;
  readonly pattern: FusionPattern;
  /** The last stage computes the output; inputs that are omitted are undefined. */
  readonly stages: (inputs: readonly (Buffer | undefined)[]) => readonly ComputeOp[];
  /** What every element is where there is nothing to compute with (an empty reduction). */
  readonly filled?: number;
}

/** `plan` gives the outputs for a node; it is asked for their types and again when the node is lowered. */
export function tensorOperator(plan: (call: OperatorCall) => Result<readonly OutputPlan[]>): Operator {
  return {
    infer: (call) => {
      const planned = plan(call);
      return planned.ok ? ok(planned.value.map(({ dtype, shape }) => ({ dtype, shape }))) : planned;
    },
    lower: (node, to) => {
      const planned = plan({ opset: node.opset, attributes: node.attributes, inputs: node.inputs, outputCount: node.outputs.filter((output) => output.name !== '').length });
      if (!planned.ok) return planned;
      const given = node.inputs.flatMap((value) => value ?? []);
      for (const [i, output] of planned.value.entries()) {
        const y = node.outputs[i];
        if (y === undefined || y.name === '') continue;
        const count = elementCount(output.shape);
        if (output.filled !== undefined || count === 0) {
          const values = new Float64Array(count).fill(output.filled ?? 0);
          to.define(y, to.constant(known(hostTensor(output.dtype, output.shape, values))), 'plain');
          continue;
        }
        const tensor = to.add({
          label: output.label, pattern: output.pattern, inputs: given.map((value) => to.read(value, 'plain')), output: { dtype: output.dtype, shape: output.shape },
          build: (buffers) => {
            let next = 0;
            const stages = output.stages(node.inputs.map((value) => (value === undefined ? undefined : defined(buffers[next++], 'an input'))));
            assert(stages[stages.length - 1]?.output.dtype === output.dtype, `${output.label} computes the type that was inferred`);
            return stages;
          },
        });
        to.define(y, tensor, 'plain');
      }
      return ok(undefined);
    },
  };
}
