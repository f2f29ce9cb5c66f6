/** Every supported operator of ONNX's own set, by name. */
import type { Operator } from '../operator.js';
import { binaryOperator, foldedBinary } from './binary.js';
import { cast, constant, constantOfShape, expand, shape, where } from './constant.js';
import { conv } from './convolution.js';
import { convTranspose } from './conv-transpose.js';
import { gemm, matMul } from './matmul.js';
import { concat, transpose } from './movement.js';
import { batchNormalization, layerNormalization } from './normalization.js';
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from './pool.js';
import { reduce } from './reduce.js';
import { gather, gatherElements, slice } from './selection.js';
import { softmax } from './softmax.js';
import { clip, erf, exp, hardSigmoid, hardSwish, leakyRelu, neg, relu, sigmoid, sqrt, tanh } from './unary.js';
import { flatten, identity, reshape, squeeze, unsqueeze } from './view.js';

export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>(Object.entries({
  Add: binaryOperator('add', (a, b) => a + b),
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Cast: cast,
  Clip: clip,
  Concat: concat,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Conv: conv,
  ConvTranspose: convTranspose,
  Div: binaryOperator('divide', (a, b) => a / b),
  Dropout: identity,
  Equal: foldedBinary((a, b) => (a === b ? 1 : 0), 'bool'),
  Erf: erf,
  Exp: exp,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  GatherElements: gatherElements,
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Identity: identity,
  LayerNormalization: layerNormalization,
  LeakyRelu: leakyRelu,
  MatMul: matMul,
  Max: binaryOperator('maximum', Math.max),
  MaxPool: maxPool,
  Min: binaryOperator('minimum', Math.min),
  Mod: foldedBinary((a, b) => a - b * Math.floor(a / b)),
  Mul: binaryOperator('multiply', (a, b) => a * b),
  Neg: neg,
  ReduceMax: reduce('max', 'max', false),
  ReduceMean: reduce('mean', 'add', true),
  ReduceMin: reduce('min', 'min', false),
  ReduceSum: reduce('sum', 'add', false),
  Relu: relu,
  Reshape: reshape,
  Shape: shape,
  Sigmoid: sigmoid,
  Slice: slice,
  Softmax: softmax,
  Sqrt: sqrt,
  Squeeze: squeeze,
  Sub: binaryOperator('subtract', (a, b) => a - b),
  Tanh: tanh,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  Where: where,
}));
