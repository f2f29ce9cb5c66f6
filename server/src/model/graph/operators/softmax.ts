/** Softmax. Before operator set 13 it works on the input flattened to two dimensions at `axis`. */
import { defined } from '../../../base/assert.js';
import { ok } from '../../../base/result.js';
import { elementCount } from '../../../ir/buffer.js';
import { hardmax as hardmaxStages, logSoftmax as logSoftmaxStages, softmax as softmaxStages } from '../../../dag/operators/softmax.js';
import type { ComputeOp } from '../../../dag/op.js';
import type { Buffer } from '../../../ir/buffer.js';
import type { Operator } from '../operator.js';
import { axisOf, required } from '../operator-input.js';

function alongAxis(label: string, stages: (x: Buffer, axis: number) => ComputeOp[]): Operator {
  return {
    infer: ({ inputs, attributes, opset }) => {
      const x = required(inputs, 0);
      if (!x.ok) return x;
      const axis = axisOf(attributes.number('axis', opset < 13 ? 1 : -1), x.value.shape.length);
      return axis.ok ? ok([{ dtype: x.value.dtype, shape: x.value.shape }]) : axis;
    },
    lower: (node, to) => {
      const x = defined(node.inputs[0], 'the input');
      const y = defined(node.outputs[0], 'the output');
      const axis = axisOf(node.attributes.number('axis', node.opset < 13 ? 1 : -1), x.shape.length);
      if (!axis.ok) return axis;
      const flat = node.opset < 13;
      const shape = flat ? [elementCount(x.shape.slice(0, axis.value)), elementCount(x.shape.slice(axis.value))] : x.shape;
      const over = flat ? 1 : axis.value;
      const tensor = to.add({
        label, pattern: 'anchor', inputs: [to.reshape(x, shape)], output: { dtype: y.dtype, shape },
        build: ([data]) => stages(defined(data, 'the data'), over),
      });
      to.define(y, to.alias(tensor, y.shape), 'plain');
      return ok(undefined);
    },
  };
}

export const softmax = alongAxis('nn_softmax', softmaxStages);
export const logSoftmax = alongAxis('nn_log_softmax', logSoftmaxStages);
export const hardmax = alongAxis('hardmax', hardmaxStages);
