/** Small graphs through reader, import, fusion and plan, run stage by stage, against ONNX Runtime. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ort from 'onnxruntime-node';
import { loadModel } from '../../server/src/model/load-model.js';
import { runPlan } from '../harness/run-plan.js';
import { onnxFile, ramp, type ModelSpec, type NodeSpec, type TensorSpec } from './onnx-builder.js';

const int64 = (...values: number[]): TensorSpec => ({ shape: [values.length], values, dtype: 'int64' });
const scalar = (value: number): TensorSpec => ({ shape: [], values: [value] });
const positive = (t: TensorSpec): TensorSpec => ({ ...t, values: t.values.map((v) => Math.abs(v) + 0.1) });

/** One node on an input `x`; further inputs are the constants, in order. */
function one(op: string, x: readonly number[], constants: Record<string, TensorSpec> = {}, attributes: NodeSpec['attributes'] = {}, opset = 17): ModelSpec {
  return { inputs: { x }, outputs: ['y'], constants, nodes: [{ op, inputs: ['x', ...Object.keys(constants)], outputs: ['y'], attributes }], opset };
}

function chain(x: readonly number[], constants: Record<string, TensorSpec>, ...nodes: readonly NodeSpec[]): ModelSpec {
  return { inputs: { x }, outputs: ['y'], constants, nodes };
}

const node = (op: string, inputs: string, output: string, attributes: NodeSpec['attributes'] = {}): NodeSpec => ({ op, inputs: inputs.split(' '), outputs: [output], attributes });
const image = [1, 4, 7, 6];
const norm = { g: ramp([6], 2), b: ramp([6], 3), m: ramp([6], 4), v: positive(ramp([6], 5)) };

const CASES: Readonly<Record<string, ModelSpec>> = {
  'Conv 3x3 with bias': one('Conv', image, { w: ramp([6, 4, 3, 3]), b: ramp([6]) }, { pads: [1, 1, 1, 1] }),
  'Conv strided, uneven pads': one('Conv', image, { w: ramp([6, 4, 3, 2]) }, { pads: [0, 1, 2, 0], strides: [2, 3] }),
  'Conv dilated': one('Conv', image, { w: ramp([5, 4, 3, 3]) }, { dilations: [2, 2], pads: [2, 2, 2, 2] }),
  'Conv 1x1, batch 2': one('Conv', [2, 4, 5, 5], { w: ramp([3, 4, 1, 1]), b: ramp([3]) }),
  'Conv grouped': one('Conv', image, { w: ramp([6, 2, 3, 3]), b: ramp([6]) }, { group: 2 }),
  'Conv depthwise': one('Conv', image, { w: ramp([4, 1, 3, 3]) }, { group: 4, pads: [1, 1, 1, 1], strides: [2, 2] }),
  'Conv depthwise, multiplier 2': one('Conv', image, { w: ramp([8, 1, 3, 3]), b: ramp([8]) }, { group: 4 }),
  'Conv SAME_UPPER': one('Conv', image, { w: ramp([2, 4, 4, 3]) }, { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  'Conv SAME_LOWER': one('Conv', image, { w: ramp([2, 4, 4, 4]) }, { auto_pad: 'SAME_LOWER' }),
  'Conv 1-D': one('Conv', [1, 3, 9], { w: ramp([4, 3, 3]), b: ramp([4]) }, { pads: [1, 1], strides: [2] }),
  'Conv 3-D': one('Conv', [1, 2, 4, 5, 5], { w: ramp([3, 2, 3, 3, 3]), b: ramp([3]) }, { pads: [1, 1, 1, 1, 1, 1] }),
  MaxPool: one('MaxPool', image, {}, { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  'MaxPool ceil_mode': one('MaxPool', image, {}, { kernel_shape: [3, 2], strides: [2, 3], ceil_mode: 1 }),
  'MaxPool dilated': one('MaxPool', image, {}, { kernel_shape: [2, 2], dilations: [2, 3] }),
  'AveragePool without padding': one('AveragePool', image, {}, { kernel_shape: [2, 3], strides: [2, 1] }),
  'AveragePool, padding not counted': one('AveragePool', image, {}, { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  'AveragePool, padding counted': one('AveragePool', image, {}, { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
  GlobalAveragePool: one('GlobalAveragePool', image),
  GlobalMaxPool: one('GlobalMaxPool', image),
  'ReduceMean over space': one('ReduceMean', image, {}, { axes: [2, 3], keepdims: 0 }),
  'ReduceMean over the last axis': one('ReduceMean', [3, 5, 4], {}, { axes: [-1] }),
  'ReduceSum, axes as input': one('ReduceSum', [3, 5, 4], { axes: int64(0, 1) }, { keepdims: 0 }),
  'ReduceMax over all': one('ReduceMax', [3, 5]),
  'Conv, ReduceMean over channels without keepdims': chain(image, { w: ramp([6, 4, 1, 1]) }, node('Conv', 'x w', 'a'), node('ReduceMean', 'a', 'y', { axes: [1], keepdims: 0 })),
  'Conv, ReduceMean over rows without keepdims': chain(image, { w: ramp([6, 4, 1, 1]) }, node('Conv', 'x w', 'a'), node('ReduceMean', 'a', 'y', { axes: [2], keepdims: 0 })),
  Gemm: one('Gemm', [3, 5], { w: ramp([5, 4]), b: ramp([4]) }, { alpha: { float: 0.5 }, beta: { float: 2 } }),
  'Gemm transposed': one('Gemm', [5, 3], { w: ramp([4, 5]), b: ramp([3, 1]) }, { transA: 1, transB: 1 }),
  'MatMul by a constant': one('MatMul', [2, 3, 5], { w: ramp([5, 4]) }),
  'MatMul of a vector': one('MatMul', [5], { w: ramp([5, 4]) }),
  'MatMul batched': { inputs: { x: [2, 3, 4, 5], z: [2, 3, 5, 2] }, outputs: ['y'], nodes: [node('MatMul', 'x z', 'y')] },
  'MatMul with one repeated matrix': { inputs: { x: [3, 4, 5], z: [5, 2] }, outputs: ['y'], nodes: [node('MatMul', 'x z', 'y')] },
  'BatchNormalization alone': { ...one('BatchNormalization', [2, 6, 3, 3], norm) },
  'Conv, BatchNormalization, Relu': chain(image, { w: ramp([6, 4, 3, 3]), bias: ramp([6]), ...norm }, node('Conv', 'x w bias', 'a'), node('BatchNormalization', 'a g b m v', 'c'), node('Relu', 'c', 'y')),
  'Conv without bias, BatchNormalization': chain(image, { w: ramp([6, 4, 3, 3]), ...norm }, node('Conv', 'x w', 'a'), node('BatchNormalization', 'a g b m v', 'y')),
  LayerNormalization: one('LayerNormalization', [2, 3, 6], { g: ramp([6], 2), b: ramp([6], 3) }),
  'LayerNormalization over two axes, no bias': one('LayerNormalization', [2, 3, 6], { g: ramp([3, 6], 2) }, { axis: 1, epsilon: { float: 0.01 } }),
  ConvTranspose: one('ConvTranspose', [1, 4, 3, 5], { w: ramp([4, 3, 4, 3]), b: ramp([3]) }, { strides: [2, 3], pads: [1, 0, 2, 1], output_padding: [1, 0] }),
  'ConvTranspose dilated': one('ConvTranspose', [2, 3, 4, 4], { w: ramp([3, 2, 2, 3]) }, { dilations: [2, 1] }),
  'Gather of rows': one('Gather', [4, 3], { i: { shape: [2, 2], values: [3, 0, -1, 2], dtype: 'int64' } }),
  'Gather of one column': one('Gather', [4, 3], { i: { shape: [], values: [-2], dtype: 'int64' } }, { axis: 1 }),
  'Slice at run time': one('Slice', [4, 6], { from: int64(3, 1), to: int64(-9, 5), axes: int64(0, 1), steps: int64(-2, 3) }),
  'Constant, ConstantOfShape': chain([3], { s: int64(3) }, { op: 'Constant', inputs: [], outputs: ['k'], attributes: { value_float: { float: 1.5 } } }, node('ConstantOfShape', 's', 'z'), node('Add', 'z k', 'c'), node('Add', 'x c', 'y')),
  Softmax: one('Softmax', [3, 7]),
  'Softmax over channels': chain(image, { w: ramp([6, 4, 1, 1]) }, node('Conv', 'x w', 'a'), node('Softmax', 'a', 'y', { axis: 1 })),
  'Softmax of operator set 11': one('Softmax', [2, 3, 4], {}, { axis: 1 }, 11),
  Clip: one('Clip', image, { low: scalar(-0.3), high: scalar(0.4) }),
  'Clip of operator set 6': one('Clip', image, {}, { min: { float: -0.5 }, max: { float: 0.25 } }, 7),
  Sigmoid: one('Sigmoid', image), Tanh: one('Tanh', [5]), Exp: one('Exp', [5]), Erf: one('Erf', [5]), Neg: one('Neg', [5]),
  HardSwish: one('HardSwish', image), HardSigmoid: one('HardSigmoid', image, {}, { alpha: { float: 0.3 } }),
  LeakyRelu: one('LeakyRelu', image, {}, { alpha: { float: 0.1 } }),
  'Add per channel': one('Add', image, { c: ramp([4, 1, 1]) }),
  'Sub, constant first': chain([3, 4], { c: ramp([4]) }, node('Sub', 'c x', 'y')),
  'Div by a scalar, scalar by it': chain([3, 4], { two: scalar(2), three: scalar(3) }, node('Exp', 'x', 'e'), node('Div', 'e two', 'h'), node('Div', 'three h', 'y')),
  'Mul with broadcast both ways': { inputs: { x: [3, 1, 4], z: [5, 1] }, outputs: ['y'], nodes: [node('Mul', 'x z', 'y')] },
  'x * x': chain([3, 4], {}, node('Mul', 'x x', 'y')),
  'Max and Min': chain([3, 4], { c: ramp([3, 4], 9), d: ramp([4], 3) }, node('Max', 'x c', 'a'), node('Min', 'a d', 'y')),
  'Transpose, Reshape, Flatten': chain([2, 3, 4], { s: int64(0, -1) }, node('Transpose', 'x', 'a', { perm: [2, 0, 1] }), node('Reshape', 'a s', 'b'), node('Flatten', 'b', 'y', { axis: 0 })),
  'Conv, Transpose to channels last': chain(image, { w: ramp([6, 4, 1, 1]) }, node('Conv', 'x w', 'a'), node('Transpose', 'a', 'y', { perm: [0, 2, 3, 1] })),
  'Conv, Flatten, Gemm': chain(image, { w: ramp([6, 4, 3, 3]), v: ramp([120, 5]) }, node('Conv', 'x w', 'a'), node('Flatten', 'a', 'b'), node('Gemm', 'b v', 'y')),
  'Concat of channels-last branches': chain(image, { w: ramp([6, 4, 1, 1]), v: ramp([3, 4, 1, 1]) }, node('Conv', 'x w', 'a'), node('Conv', 'x v', 'b'), node('Concat', 'a x b', 'y', { axis: 1 })),
  'Squeeze, Unsqueeze': chain([1, 3, 1], { a: int64(0), b: int64(1, 3) }, node('Squeeze', 'x a', 's'), node('Relu', 's', 'r'), node('Unsqueeze', 'r b', 'y')),
  'residual block with projection': chain(
    image, { w: ramp([6, 4, 3, 3]), b: ramp([6]), p: ramp([6, 4, 1, 1], 7) },
    node('Conv', 'x w b', 'a', { pads: [1, 1, 1, 1] }), node('Conv', 'x p', 'q'), node('Add', 'a q', 's'), node('Relu', 's', 'y'),
  ),
  'squeeze and excitation': chain(
    image, { w: ramp([6, 4, 3, 3]), f: ramp([6, 6, 1, 1]) },
    node('Conv', 'x w', 'a'), node('GlobalAveragePool', 'a', 'g'), node('Conv', 'g f', 'h'), node('HardSigmoid', 'h', 's'), node('Mul', 's a', 'y'),
  ),
  'shape arithmetic': chain(
    image, { zero: int64(0), minus: int64(-1), w: ramp([6, 4, 1, 1]) },
    node('Conv', 'x w', 'a'), node('Shape', 'a', 's'), node('Gather', 's zero', 'n'), node('Concat', 'n minus', 't', { axis: 0 }), node('Reshape', 'a t', 'y'),
  ),
  'Slice of a constant': chain([3], { c: ramp([4, 6]), from: int64(3, -1), to: int64(-9, 0), axes: int64(0, 1), steps: int64(-2, -2) }, node('Slice', 'c from to axes steps', 's'), node('Add', 'x s', 'y')),
  'an output is an input': { inputs: { x: [2, 3] }, outputs: ['x2', 'r'], nodes: [node('Identity', 'x', 'x2'), node('Relu', 'x', 'r')] },
  'two outputs share memory, one feeds on': { inputs: { x: [2, 3] }, outputs: ['r', 'f', 'n'], nodes: [node('Relu', 'x', 'r'), node('Flatten', 'r', 'f', { axis: 0 }), node('Neg', 'r', 'n')] },
};

for (const [name, spec] of Object.entries(CASES)) {
  test(name, async () => {
    const file = onnxFile(spec);
    const plan = loadModel(file);
    assert(plan.ok, plan.ok ? '' : plan.error.message);
    const inputs = Object.entries(spec.inputs).map(([input, shape], i) => ({ input, shape, data: Float32Array.from(ramp(shape, i + 20).values) }));
    const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
    const expected = await session.run(Object.fromEntries(inputs.map(({ input, shape, data }) => [input, new ort.Tensor('float32', data, [...shape])])));
    const got = runPlan(plan.value, inputs.map(({ data }) => data));
    plan.value.outputs.forEach((port, i) => {
      const want = expected[port.name];
      assert(want !== undefined);
      assert.deepEqual(port.shape, want.dims, 'shape');
      const values = Array.from(want.data, Number);
      const scale = Math.max(1, ...values.map(Math.abs));
      values.forEach((value, at) => assert(Math.abs(value - (got[i]?.[at] ?? NaN)) <= 1e-5 * scale, `${port.name}[${at}] is ${got[i]?.[at]}, ONNX Runtime has ${value}`));
    });
  });
}
