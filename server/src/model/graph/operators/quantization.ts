/** QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear, and integer products and convolutions. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { compute, reduce } from '../../../dag/create.js';
import { numberedAxes } from '../../../dag/operators/index-forms.js';
import { centred, plainConvolution, productStage, saturated, type PlainWindow } from '../../../dag/operators/quantized.js';
import { as, by, equal, larger, minus, number, over, plus, quotient, smaller, times } from '../../../dag/operators/scalar-forms.js';
import type { Buffer } from '../../../ir/buffer.js';
import { isHalf, type DType } from '../../../ir/dtype.js';
import { cast, int, load, select, type Expr } from '../../../ir/expr.js';
import { dtypeOf } from '../../onnx/decode-tensor.js';
import { broadcastShape } from '../../tensor.js';
import type { Value } from '../graph.js';
import type { Operator, OperatorCall } from '../operator.js';
import { axisOf, required } from '../operator-input.js';
import { windowOf } from '../window.js';
import { elementMap, inputsOf, type Inputs } from './element-map.js';
import { tensorOperator } from './tensor-operator.js';

/** Where the parameter of an element lies: one for all, one per slice along the axis, or one per block. */
function parameterIndex(shape: readonly number[], extents: readonly number[], axis: number, block: number, at: readonly Expr[]): readonly Expr[] {
  if (shape.length === 0 || (shape.length === 1 && shape[0] === 1)) return shape.map(() => int(0));
  if (shape.length === 1 && extents.length >= 1 && block === 0) return [at[axis] ?? int(0)];
  return at.map((e, i) => (i === axis && block > 0 ? by(quotient, e, block) : shape[i] === 1 ? int(0) : e));
}

interface Scaling { readonly x: Value; readonly scale: Value; readonly at: (inputs: Inputs, which: 1 | 2, index: readonly Expr[]) => Expr | undefined }

function scalingOf({ inputs, attributes }: OperatorCall): Result<Scaling> {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  const scale = required(inputs, 1);
  if (!scale.ok) return scale;
  const { shape } = x.value;
  const block = attributes.number('block_size', 0);
  const axis = scale.value.shape.length === 0 ? ok(0) : axisOf(Math.min(attributes.number('axis', 1), Math.max(shape.length - 1, 0)), shape.length);
  if (!axis.ok) return axis;
  return ok({
    x: x.value, scale: scale.value,
    at: (buffers, which, index) => (buffers.has(which) ? buffers.at(which, parameterIndex(buffers.buffer(which).shape, shape, axis.value, block, index)) : undefined),
  });
}

/** The type to divide and multiply in. */
const wide = (dtype: DType): DType => (isHalf(dtype) ? 'float32' : dtype);

const quantizeLinear = tensorOperator((call) => {
  const scaling = scalingOf(call);
  if (!scaling.ok) return scaling;
  const { x, scale, at: parameter } = scaling.value;
  const named = call.attributes.number('output_dtype', 0);
  const dtype = call.inputs[2]?.dtype ?? (named === 0 ? 'uint8' : dtypeOf(named));
  if (dtype === undefined) return err(`element type ${named} is not supported`);
  return ok([elementMap('quantize', { dtype, shape: x.shape }, (inputs, at) => {
    const type = wide(scale.dtype);
    return saturated(over(as(type, inputs.at(0, at)), as(type, defined(parameter(inputs, 1, at), 'the scale'))), parameter(inputs, 2, at), dtype);
  })]);
});

const dequantizeLinear = tensorOperator((call) => {
  const scaling = scalingOf(call);
  if (!scaling.ok) return scaling;
  const { x, scale, at: parameter } = scaling.value;
  const named = call.attributes.number('output_dtype', 0);
  const dtype = named === 0 ? scale.dtype : dtypeOf(named);
  if (dtype === undefined) return err(`element type ${named} is not supported`);
  return ok([elementMap('dequantize', { dtype, shape: x.shape }, (inputs, at) => {
    const type = wide(scale.dtype);
    return as(dtype, times(cast(type, centred(inputs.at(0, at), parameter(inputs, 2, at))), as(type, defined(parameter(inputs, 1, at), 'the scale'))));
  })]);
});

const dynamicQuantize: Operator = {
  infer: ({ inputs }) => {
    const x = required(inputs, 0);
    return x.ok ? ok([{ dtype: 'uint8', shape: x.value.shape }, { dtype: 'float32', shape: [] }, { dtype: 'uint8', shape: [] }]) : x;
  },
  lower: (node, to) => {
    const x = to.read(defined(node.inputs[0], 'the input'), 'plain');
    const [y, scale, zero] = node.outputs;
    const extreme = (op: 'max' | 'min') => to.add({
      label: op, pattern: 'anchor', inputs: [x], output: { dtype: 'float32', shape: [1] },
      build: ([data]) => {
        const source = defined(data, 'the data');
        return [reduce(`T_${op}`, [1], ['ax0'], source.shape.map((extent, i) => [`k${i}`, extent] as const), op, (_, r) => load(source, r))];
      },
    });
    const high = extreme('max');
    const low = extreme('min');
    const one = (label: string, dtype: DType, inputs: readonly (typeof x)[], value: (...e: readonly Expr[]) => Expr) => to.add({
      label, pattern: 'injective', inputs, output: { dtype, shape: [1] },
      build: (buffers) => [compute(`T_${label}`, [1], ['ax0'], (at) => value(...buffers.map((b) => load(b, at))))],
    });
    const none = number(0, 'float32');
    const step = one('scale', 'float32', [high, low], (h = none, l = none) => {
      const range = by(over, minus(larger(h, none), smaller(l, none)), 255);
      return select(equal(range, none), number(1, 'float32'), range);
    });
    const origin = one('zero_point', 'uint8', [low, step], (l = none, s = none) => saturated(over(minus(none, smaller(l, none)), s), undefined, 'uint8'));
    const quantized = to.add({
      label: 'quantize', pattern: 'injective', inputs: [x, step, origin], output: { dtype: 'uint8', shape: x.shape },
      build: ([data, s, z]) => [compute('T_quantize', x.shape, numberedAxes('ax', x.shape.length), (at) =>
        saturated(over(load(defined(data, 'the data'), at), load(defined(s, 'the scale'), [int(0)])), load(defined(z, 'the zero point'), [int(0)]), 'uint8'))],
    });
    to.define(defined(y, 'the output'), quantized, 'plain');
    if (scale !== undefined) to.define(scale, to.alias(step, []), 'plain');
    if (zero !== undefined) to.define(zero, to.alias(origin, []), 'plain');
    return ok(undefined);
  },
};

/** A zero point or scale of a matrix: one for all, or one for each row or column. */
function matrixParameter(buffer: Buffer | undefined, line: Expr): Expr | undefined {
  if (buffer === undefined) return undefined;
  const { shape } = buffer;
  if (shape.length <= 1) return load(buffer, shape.map((extent) => (extent === 1 ? int(0) : line)));
  return load(buffer, shape.map((extent) => (extent === 1 ? int(0) : line)));
}

interface ProductInputs { readonly a: number; readonly aZero: number; readonly b: number; readonly bZero: number }

function product(call: OperatorCall, which: ProductInputs, finish: { readonly dtype: DType; readonly value?: (sum: Expr, at: readonly Expr[], buffers: readonly (Buffer | undefined)[]) => Expr }): ReturnType<Parameters<typeof tensorOperator>[0]> {
  const a = required(call.inputs, which.a);
  if (!a.ok) return a;
  const b = required(call.inputs, which.b);
  if (!b.ok) return b;
  const left = a.value.shape;
  const right = b.value.shape;
  const batch = broadcastShape(left.slice(0, -2), right.slice(0, -2));
  if (left.length < 2 || right.length < 2 || batch === undefined || left[left.length - 1] !== right[right.length - 2]) return err(`shapes [${left.join(', ')}] and [${right.join(', ')}] do not fit`);
  const shape = [...batch, left[left.length - 2] ?? 1, right[right.length - 1] ?? 1];
  return ok([{
    label: 'nn_matmul', pattern: 'anchor', dtype: finish.dtype, shape,
    stages: (buffers) => {
      const inputs = inputsOf(buffers);
      const sum = productStage('T_matmul', {
        shape: left, element: (index) => centred(inputs.at(which.a, index), matrixParameter(buffers[which.aZero], index[index.length - 2] ?? int(0))),
      }, {
        shape: right, element: (index) => centred(inputs.at(which.b, index), matrixParameter(buffers[which.bZero], index[index.length - 1] ?? int(0))),
      }, batch);
      const { value } = finish;
      return value === undefined ? [sum] : [sum, compute('T_requantize', shape, numberedAxes('ax', shape.length), (at) => value(load(sum.output, at), at, buffers))];
    },
  }]);
}

const matMulInteger = tensorOperator((call) => product(call, { a: 0, b: 1, aZero: 2, bZero: 3 }, { dtype: 'int32' }));

const qLinearMatMul = tensorOperator((call) => {
  const zero = required(call.inputs, 7);
  if (!zero.ok) return zero;
  const { dtype } = zero.value;
  return product(call, { a: 0, aZero: 2, b: 3, bZero: 5 }, {
    dtype,
    value: (sum, at, buffers) => {
      const [row, column] = [at[at.length - 2] ?? int(0), at[at.length - 1] ?? int(0)];
      const scale = (i: number, line: Expr): Expr => as('float32', defined(matrixParameter(buffers[i], line), 'a scale'));
      return saturated(over(times(cast('float32', sum), times(scale(1, row), scale(4, column))), scale(6, column)), matrixParameter(buffers[7], column), dtype);
    },
  });
});

function windowFor(call: OperatorCall, x: Value, w: Value): Result<{ readonly window: PlainWindow; readonly spatial: readonly number[] }> {
  const found = windowOf(call.attributes, x.shape, call.attributes.ints('kernel_shape') ?? w.shape.slice(2));
  if (!found.ok) return found;
  const { kernel, strides, dilations, padding } = found.value.window;
  return ok({ window: { kernel, strides, dilations, before: padding.before.slice(1, -1), after: padding.after.slice(1, -1) }, spatial: found.value.spatial });
}

function convolution(call: OperatorCall, which: ProductInputs, finish: { readonly dtype: DType; readonly value?: (sum: Expr, at: readonly Expr[], buffers: readonly (Buffer | undefined)[]) => Expr }): ReturnType<Parameters<typeof tensorOperator>[0]> {
  const x = required(call.inputs, which.a);
  if (!x.ok) return x;
  const w = required(call.inputs, which.b);
  if (!w.ok) return w;
  const found = windowFor(call, x.value, w.value);
  if (!found.ok) return found;
  const { window, spatial } = found.value;
  const shape = [x.value.shape[0] ?? 1, w.value.shape[0] ?? 1, ...spatial];
  return ok([{
    label: 'nn_conv', pattern: 'anchor', dtype: finish.dtype, shape,
    stages: (buffers) => {
      const stages = plainConvolution(
        defined(buffers[which.a], 'the data'), defined(buffers[which.b], 'the weights'), window, call.attributes.number('group', 1), spatial,
        (e) => centred(e, matrixParameter(buffers[which.aZero], int(0))), (e, filter) => centred(e, matrixParameter(buffers[which.bZero], filter)));
      const conv = defined(stages[stages.length - 1], 'the convolution').output;
      const { value } = finish;
      return value === undefined ? stages : [...stages, compute('T_requantize', shape, numberedAxes('ax', shape.length), (at) => value(load(conv, at), at, buffers))];
    },
  }]);
}

const convInteger = tensorOperator((call) => convolution(call, { a: 0, b: 1, aZero: 2, bZero: 3 }, { dtype: 'int32' }));

const qLinearConv = tensorOperator((call) => {
  const zero = required(call.inputs, 7);
  if (!zero.ok) return zero;
  const { dtype } = zero.value;
  return convolution(call, { a: 0, aZero: 2, b: 3, bZero: 5 }, {
    dtype,
    value: (sum, at, buffers) => {
      const filter = at[1] ?? int(0);
      const scale = (i: number): Expr => as('float32', defined(matrixParameter(buffers[i], filter), 'a scale'));
      const bias = buffers[8] === undefined ? sum : plus(sum, load(buffers[8], [filter]));
      return saturated(over(times(cast('float32', bias), times(scale(1), scale(4))), scale(6)), matrixParameter(buffers[7], filter), dtype);
    },
  });
});

export const QUANTIZATION_OPERATORS: Readonly<Record<string, Operator>> = {
  ConvInteger: convInteger, DequantizeLinear: dequantizeLinear, DynamicQuantizeLinear: dynamicQuantize, MatMulInteger: matMulInteger,
  QLinearConv: qLinearConv, QLinearMatMul: qLinearMatMul, QuantizeLinear: quantizeLinear,
};
