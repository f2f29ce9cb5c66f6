/** ReduceMean, ReduceSum, ReduceMax, ReduceMin. Axes are an input in newer operator sets. */
import { defined } from '../../../base/assert.js';
import { ok, type Result } from '../../../base/result.js';
import { elementCount } from '../../../ir/buffer.js';
import { isFloat } from '../../../ir/dtype.js';
import type { Combiner } from '../../../ir/program.js';
import { reduction } from '../../../dag/operators/reduction.js';
import { channelsLastOrder } from '../../lowering/tensor.js';
import { permutedShape } from '../../tensor.js';
import type { Operator, OperatorCall } from '../operator.js';
import { axisOf, optionalNumbers, required } from '../operator-input.js';

interface Plan { readonly axes: readonly number[]; readonly keepDims: boolean; readonly shape: readonly number[] }

function planOf({ inputs, attributes }: Pick<OperatorCall, 'inputs' | 'attributes'>): Result<Plan> {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  const rank = x.value.shape.length;
  const given = optionalNumbers(inputs[1], attributes.ints('axes'), 'axes');
  if (!given.ok) return given;
  const named = given.value ?? [];
  const axes: number[] = [];
  for (const axis of named.length === 0 ? x.value.shape.keys() : named) {
    const from0 = axisOf(axis, rank);
    if (!from0.ok) return from0;
    axes.push(from0.value);
  }
  axes.sort((a, b) => a - b);
  const keepDims = attributes.number('keepdims', 1) === 1;
  const shape = x.value.shape.flatMap((extent, i) => (!axes.includes(i) ? [extent] : keepDims ? [1] : []));
  return ok({ axes, keepDims, shape });
}

/** `general`: what takes integers, no axes at all, and empty inputs. */
export function reduce(label: string, combiner: Combiner, mean: boolean, general: Operator): Operator {
  const ordinary = (inputs: OperatorCall['inputs'], attributes: OperatorCall['attributes']): boolean => {
    const [x, axes] = inputs;
    const none = axes === undefined ? (attributes.ints('axes') ?? []).length === 0 : elementCount(axes.shape) === 0;
    return x !== undefined && isFloat(x.dtype) && elementCount(x.shape) > 0 && x.shape.length > 0 && !(none && attributes.number('noop_with_empty_axes', 0) === 1);
  };
  return {
    infer: (call) => {
      if (!ordinary(call.inputs, call.attributes)) return general.infer(call);
      const plan = planOf(call);
      if (!plan.ok) return plan;
      return ok([{ dtype: defined(call.inputs[0], 'the input').dtype, shape: plan.value.shape }]);
    },
    lower: (node, to) => {
      if (!ordinary(node.inputs, node.attributes)) return defined(general.lower, 'lowering')(node, to);
      const plan = planOf(node);
      if (!plan.ok) return plan;
      const { keepDims } = plan.value;
      const x = defined(node.inputs[0], 'the input');
      const y = defined(node.outputs[0], 'the output');
      const order = channelsLastOrder(x.shape.length);
      // Without the reduced dimensions, what is left must be in ONNX's order: true where at most one moved dimension stays.
      const left = order.filter((axis) => !plan.value.axes.includes(axis));
      const inOrder = left.every((axis, i) => i === 0 || axis > (left[i - 1] ?? -1));
      const layout = keepDims || inOrder ? to.commonLayout([x], x.shape.length) : 'plain';
      const axes = layout === 'plain' ? plan.value.axes : plan.value.axes.map((axis) => order.indexOf(axis)).sort((a, b) => a - b);
      const keptLayout = keepDims ? layout : 'plain';
      const shape = keptLayout === 'plain' ? y.shape : permutedShape(y.shape, order);
      const tensor = to.add({
        label, pattern: 'anchor', inputs: [to.read(x, layout)], output: { dtype: y.dtype, shape },
        build: ([data]) => reduction(defined(data, 'the data'), { combiner, mean, axes, keepDims }),
      });
      to.define(y, tensor, keptLayout);
      return ok(undefined);
    },
  };
}
