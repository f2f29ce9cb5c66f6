/** Operators that only make or convert constants: Constant, ConstantOfShape, Shape, Cast, Where, Expand. */
import { defined } from '../../../base/assert.js';
import { err, ok } from '../../../base/result.js';
import { elementCount } from '../../../ir/buffer.js';
import { isFloat } from '../../../ir/dtype.js';
import { dtypeOf } from '../../onnx/decode-tensor.js';
import { allocate, broadcastShape, broadcastStrides, gathered, hostTensor, type HostTensor } from '../../tensor.js';
import type { Attributes } from '../attributes.js';
import { OPEN_AXIS } from '../run-time-elements.js';
import { extentProblem } from './procedure-operator.js';
import type { Operator, OperatorCall } from '../operator.js';
import { constantNumbers, required } from '../operator-input.js';

function constantValue(attributes: Attributes): HostTensor | undefined {
  const tensor = attributes.tensor('value');
  if (tensor !== undefined) return tensor;
  if (attributes.has('value_float')) return hostTensor('float32', [], [attributes.number('value_float', 0)]);
  if (attributes.has('value_int')) return hostTensor('int64', [], [attributes.number('value_int', 0)]);
  const ints = attributes.ints('value_ints');
  return ints === undefined ? undefined : hostTensor('int64', [ints.length], ints);
}

export const constant: Operator = {
  infer: ({ attributes }) => {
    const value = constantValue(attributes);
    return value === undefined ? err('its kind of value is not supported') : ok([{ dtype: value.dtype, shape: value.shape }]);
  },
  fold: ({ attributes }) => defined(constantValue(attributes), 'the value'),
};

export const constantOfShape: Operator = {
  infer: ({ inputs, attributes }) => {
    const x = required(inputs, 0);
    if (!x.ok) return x;
    const shape = constantNumbers(x.value, 'shape');
    return shape.ok ? ok([{ dtype: attributes.tensor('value')?.dtype ?? 'float32', shape: shape.value }]) : shape;
  },
  fold: ({ attributes }, _, type) => {
    const data = allocate(type.dtype, elementCount(type.shape));
    data.fill(attributes.tensor('value')?.data[0] ?? 0);
    return { ...type, data };
  },
};

/** The extents from `start` (since operator set 15) to `end`, both counted from the end where negative. */
function extentsOf({ inputs, attributes }: OperatorCall): readonly number[] {
  const extents = defined(inputs[0], 'the input').shape;
  const clamp = (n: number): number => Math.min(Math.max(n < 0 ? n + extents.length : n, 0), extents.length);
  return extents.slice(clamp(attributes.number('start', 0)), clamp(attributes.number('end', extents.length)));
}

export const shape: Operator = {
  infer: (call) => {
    const x = required(call.inputs, 0);
    return x.ok ? ok([{ dtype: 'int64', shape: [extentsOf(call).length] }]) : x;
  },
  foldType: (call) => {
    const extents = extentsOf(call);
    return hostTensor('int64', [extents.length], extents);
  },
};

export const size: Operator = {
  infer: ({ inputs }) => {
    const x = required(inputs, 0);
    return x.ok ? ok([{ dtype: 'int64', shape: [] }]) : x;
  },
  foldType: ({ inputs }) => hostTensor('int64', [], [elementCount(defined(inputs[0], 'the input').shape)]),
};

export const cast: Operator = {
  infer: ({ inputs, attributes }) => {
    const x = required(inputs, 0);
    if (!x.ok) return x;
    const dtype = dtypeOf(attributes.number('to', 0));
    return dtype === undefined ? err(`element type ${attributes.number('to', 0)} is not supported`) : ok([{ dtype, shape: x.value.shape }]);
  },
  fold: (_, [x], type) => {
    const values = Array.from(defined(x, 'the input').data);
    const convert = type.dtype === 'bool' ? (v: number) => (v === 0 ? 0 : 1) : isFloat(type.dtype) ? (v: number) => v : Math.trunc;
    return hostTensor(type.dtype, type.shape, values.map(convert));
  },
};

/** A third input is an extent that depends on data (run-time-elements.ts). */
export const expand: Operator = {
  takesExtents: true,
  infer: ({ inputs, attributes }) => {
    const x = required(inputs, 0);
    if (!x.ok) return x;
    if (x.value.extent !== undefined) return err(extentProblem(x.value));
    const to = required(inputs, 1);
    if (!to.ok) return to;
    const wanted = constantNumbers(to.value, 'shape');
    if (!wanted.ok) return wanted;
    const extents = broadcastShape(x.value.shape, wanted.value);
    return extents === undefined ? err(`[${x.value.shape.join(', ')}] does not expand to [${wanted.value.join(', ')}]`) : ok([{ dtype: x.value.dtype, shape: extents, ...(inputs[2] === undefined ? {} : { carried: { axis: attributes.number(OPEN_AXIS, 0), count: inputs[2] } }) }]);
  },
  fold: (_, [x], type) => {
    const tensor = defined(x, 'the input');
    return gathered(tensor, type.shape, broadcastStrides(tensor.shape, type.shape));
  },
};
