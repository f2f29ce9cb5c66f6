/** Operators that leave the elements where they are: Reshape, Flatten, Squeeze, Unsqueeze, Identity, Dropout. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { elementCount } from '../../../ir/buffer.js';
import { hostTensor, known, reshaped } from '../../tensor.js';
import type { Operator, OperatorCall } from '../operator.js';
import { axisOf, constantNumbers, optionalNumbers, required } from '../operator-input.js';

function view(shapeOf: (call: OperatorCall, shape: readonly number[]) => Result<readonly number[]>): Operator {
  return {
    infer: (call) => {
      const x = required(call.inputs, 0);
      if (!x.ok) return x;
      const shape = shapeOf(call, x.value.shape);
      if (!shape.ok) return shape;
      if (elementCount(shape.value) !== elementCount(x.value.shape)) return err(`[${x.value.shape.join(', ')}] cannot become [${shape.value.join(', ')}]`);
      return ok([{ dtype: x.value.dtype, shape: shape.value }]);
    },
    fold: (_, [x], type) => reshaped(defined(x, 'the input'), type.shape),
    lower: (node, to) => {
      const y = defined(node.outputs[0], 'the output');
      to.define(y, to.reshape(defined(node.inputs[0], 'the input'), y.shape), 'plain');
      return ok(undefined);
    },
  };
}

export const reshape = view(({ inputs, attributes }, shape) => {
  const target = required(inputs, 1);
  if (!target.ok) return target;
  const wanted = constantNumbers(target.value, 'shape');
  if (!wanted.ok) return wanted;
  const copyZero = attributes.number('allowzero', 0) === 0;
  const extents = wanted.value.map((extent, i) => (extent === 0 && copyZero ? shape[i] ?? 0 : extent));
  const rest = elementCount(extents.filter((extent) => extent !== -1));
  return ok(extents.map((extent) => (extent === -1 ? elementCount(shape) / rest : extent)));
});

export const flatten = view(({ attributes }, shape) => {
  const given = attributes.number('axis', 1);
  const axis = given === shape.length ? ok(given) : axisOf(given, shape.length);
  return axis.ok ? ok([elementCount(shape.slice(0, axis.value)), elementCount(shape.slice(axis.value))]) : axis;
});

/** Axes as an input since operator set 13, as an attribute before, counted from 0 in a tensor of `rank`. */
function axesOf({ inputs, attributes }: OperatorCall, rank: number): Result<readonly number[] | undefined> {
  const given = optionalNumbers(inputs[1], attributes.ints('axes'), 'axes');
  if (!given.ok || given.value === undefined) return given;
  const axes: number[] = [];
  for (const one of given.value) {
    const axis = axisOf(one, rank);
    if (!axis.ok) return axis;
    axes.push(axis.value);
  }
  return ok(axes);
}

export const squeeze = view((call, shape) => {
  const axes = axesOf(call, shape.length);
  return axes.ok ? ok(shape.filter((extent, i) => (axes.value === undefined ? extent !== 1 : !axes.value.includes(i)))) : axes;
});

export const unsqueeze = view((call, shape) => {
  const count = call.inputs[1] === undefined ? call.attributes.ints('axes')?.length ?? 0 : elementCount(call.inputs[1].shape);
  const rank = shape.length + count;
  const axes = axesOf(call, rank);
  if (!axes.ok) return axes;
  let next = 0;
  return ok(Array.from({ length: rank }, (_, i) => (axes.value?.includes(i) ? 1 : shape[next++] ?? 1)));
});

/** Identity, and Dropout, which does nothing at inference. Keeps the layout. */
export const identity: Operator = {
  infer: ({ inputs, outputCount }) => {
    const x = required(inputs, 0);
    if (!x.ok) return x;
    return outputCount > 1 ? err('its second output (mask) is not supported') : ok([{ dtype: x.value.dtype, shape: x.value.shape }]);
  },
  fold: (_, [x]) => defined(x, 'the input'),
  lower: (node, to) => {
    const x = defined(node.inputs[0], 'the input');
    const layout = to.commonLayout([x], x.shape.length);
    to.define(defined(node.outputs[0], 'the output'), to.read(x, layout), layout);
    return ok(undefined);
  },
};

/** At inference it does nothing; its mask says that every element stays. */
export const dropout: Operator = {
  infer: (call) => {
    const x = required(call.inputs, 0);
    if (!x.ok) return x;
    const training = optionalNumbers(call.inputs[2], undefined, 'training_mode');
    if (!training.ok) return training;
    const ratio = optionalNumbers(call.inputs[1], undefined, 'ratio');
    if (training.value?.[0] === 1 && (!ratio.ok || ratio.value?.[0] !== 0)) return err('training mode is not supported: export the model for inference');
    const { dtype, shape } = x.value;
    return ok([{ dtype, shape }, ...(call.outputCount > 1 ? [{ dtype: call.opset < 10 ? dtype : 'bool', shape } as const] : [])]);
  },
  fold: (_, [x]) => defined(x, 'the input'),
  lower: (node, to) => {
    const mask = node.outputs[1];
    if (mask !== undefined) to.define(mask, to.constant(known(hostTensor(mask.dtype, mask.shape, new Float64Array(elementCount(mask.shape)).fill(1)))), 'plain');
    return defined(identity.lower, 'lowering')(node, to);
  },
};
