/** Operators that reorder or join tensors: Transpose, Concat. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { elementCount } from '../../../ir/buffer.js';
import { concatStage } from '../../../dag/operators/movement.js';
import { channelsLastOrder } from '../../lowering/tensor.js';
import { allocate, permuted, permutedShape } from '../../tensor.js';
import type { Attributes } from '../attributes.js';
import type { Value } from '../graph.js';
import type { Operator, OperatorCall } from '../operator.js';
import { axisOf, required } from '../operator-input.js';

function orderOf(attributes: Attributes, rank: number): Result<readonly number[]> {
  const order = attributes.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const complete = order.length === rank && Array.from({ length: rank }, (_, i) => i).every((i) => order.includes(i));
  return complete ? ok(order) : err(`perm [${order.join(', ')}] is no order of ${rank} dimensions`);
}

export const transpose: Operator = {
  infer: ({ inputs, attributes }) => {
    const x = required(inputs, 0);
    if (!x.ok) return x;
    const order = orderOf(attributes, x.value.shape.length);
    return order.ok ? ok([{ dtype: x.value.dtype, shape: permutedShape(x.value.shape, order.value) }]) : order;
  },
  fold: ({ attributes }, [x]) => {
    const tensor = defined(x, 'the input');
    const order = orderOf(attributes, tensor.shape.length);
    return permuted(tensor, order.ok ? order.value : []);
  },
  lower: (node, to) => {
    const x = defined(node.inputs[0], 'the input');
    const rank = x.shape.length;
    const order = orderOf(node.attributes, rank);
    if (!order.ok) return order;
    // Read as it lies: the change of layout and the transpose become one.
    const layout = to.commonLayout([x], rank);
    const lies = layout === 'plain' ? undefined : channelsLastOrder(rank);
    const physical = lies === undefined ? order.value : order.value.map((axis) => lies.indexOf(axis));
    to.define(defined(node.outputs[0], 'the output'), to.permute(to.read(x, layout), physical), 'plain');
    return ok(undefined);
  },
};

function concatAxis(call: Pick<OperatorCall, 'inputs' | 'attributes'>): Result<number> {
  return axisOf(call.attributes.number('axis', 0), call.inputs[0]?.shape.length ?? 0);
}

export const concat: Operator = {
  infer: (call) => {
    const values = call.inputs.flatMap((value) => value ?? []);
    const axis = concatAxis(call);
    if (!axis.ok) return axis;
    const first = defined(values[0], 'the first input');
    const fits = (v: Value): boolean => v.dtype === first.dtype && v.shape.length === first.shape.length && v.shape.every((extent, i) => i === axis.value || extent === first.shape[i]);
    if (!values.every(fits)) return err(`its inputs do not fit along axis ${axis.value}`);
    const total = values.reduce((n, v) => n + (v.shape[axis.value] ?? 0), 0);
    return ok([{ dtype: first.dtype, shape: first.shape.map((extent, i) => (i === axis.value ? total : extent)) }]);
  },
  fold: (call, inputs, type) => {
    const axis = concatAxis(call);
    const along = axis.ok ? axis.value : 0;
    const inner = elementCount(type.shape.slice(along + 1));
    const outer = elementCount(type.shape.slice(0, along));
    const row = inner * (type.shape[along] ?? 0);
    const data = allocate(type.dtype, outer * row);
    let start = 0;
    for (const input of inputs) {
      if (input === undefined) continue;
      const part = inner * (input.shape[along] ?? 0);
      for (let o = 0; o < outer; o++) data.set(input.data.subarray(o * part, (o + 1) * part), o * row + start);
      start += part;
    }
    return { ...type, data };
  },
  lower: (node, to) => {
    const axis = concatAxis(node);
    if (!axis.ok) return axis;
    const y = defined(node.outputs[0], 'the output');
    const rank = y.shape.length;
    const values = node.inputs.flatMap((value) => value ?? []);
    const layout = to.commonLayout(values, rank);
    const order = layout === 'plain' ? y.shape.map((_, i) => i) : channelsLastOrder(rank);
    const shape = permutedShape(y.shape, order);
    const along = order.indexOf(axis.value);
    const tensor = to.add({
      label: 'concatenate', pattern: 'injective', inputs: values.map((value) => to.read(value, layout)), output: { dtype: y.dtype, shape },
      build: (parts) => [concatStage(parts, along, shape)],
    });
    to.define(y, tensor, layout);
    return ok(undefined);
  },
};
