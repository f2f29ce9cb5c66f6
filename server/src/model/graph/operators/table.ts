/** Every supported operator of ONNX's own set, by name. */
import type { Operator } from '../operator.js';
import { ATTENTION_OPERATORS } from './attention.js';
import { bitCast } from './bit-cast.js';
import { binaryOperator } from './binary.js';
import { BINARY_OPERATORS, cast as castElements, castLike, division, maximum, minimum } from './binary-math.js';
import { cast, constant, constantOfShape, expand, shape, size } from './constant.js';
import { ALGEBRA_OPERATORS } from './linear-algebra.js';
import { SAMPLING_OPERATORS } from './sampling.js';
import { WINDOW_OPERATORS } from './window-math.js';
import { DATA_DEPENDENT_OPERATORS } from './data-dependent.js';
import { SCATTER_OPERATORS } from './scatter.js';
import { conv } from './convolution.js';
import { convTranspose } from './conv-transpose.js';
import { gemm, matMul } from './matmul.js';
import { concat, transpose } from './movement.js';
import { melWeightMatrix } from './mel-weights.js';
import { expandMath, gatherElementsLowering, MOVEMENT_OPERATORS, withLowering } from './movement-math.js';
import { batchNormalization, layerNormalization } from './normalization.js';
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from './pool.js';
import { reduce } from './reduce.js';
import { REGION_OPERATORS } from './regions.js';
import { REDUCE_OPERATORS, reduceMax, reduceMean, reduceMin, reduceSum } from './reduce-math.js';
import { RESIZE_OPERATORS } from './resize.js';
import { gather, gatherElements, slice } from './selection.js';
import { NORMALIZATION_OPERATORS } from './norm-math.js';
import { QUANTIZATION_OPERATORS } from './quantization.js';
import { hardmax, logSoftmax, softmax } from './softmax.js';
import { clip, erf, exp, hardSigmoid, hardSwish, leakyRelu, neg, relu, sigmoid, sqrt, tanh } from './unary.js';
import { UNARY_OPERATORS } from './unary-math.js';
import { dropout, flatten, identity, reshape, squeeze, unsqueeze } from './view.js';

export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>(Object.entries({
  Add: binaryOperator('add', (a, b) => a + b),
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  BitCast: bitCast,
  ...UNARY_OPERATORS,
  ...BINARY_OPERATORS,
  ...REDUCE_OPERATORS,
  ...MOVEMENT_OPERATORS,
  ...ATTENTION_OPERATORS,
  ...RESIZE_OPERATORS,
  ...WINDOW_OPERATORS,
  ...SAMPLING_OPERATORS,
  ...REGION_OPERATORS,
  ...ALGEBRA_OPERATORS,
  ...NORMALIZATION_OPERATORS,
  ...QUANTIZATION_OPERATORS,
  ...SCATTER_OPERATORS,
  ...DATA_DEPENDENT_OPERATORS,
  Hardmax: hardmax,
  LogSoftmax: logSoftmax,
  Cast: { ...castElements, ...(cast.fold === undefined ? {} : { fold: cast.fold }) },
  CastLike: castLike,
  Clip: clip,
  Concat: concat,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Conv: conv,
  ConvTranspose: convTranspose,
  Div: division(binaryOperator('divide', (a, b) => a / b)),
  Dropout: dropout,
  Erf: erf,
  Exp: exp,
  Expand: withLowering(expand, expandMath),
  Flatten: flatten,
  Gather: gather,
  GatherElements: withLowering(gatherElements, gatherElementsLowering),
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Identity: identity,
  LayerNormalization: layerNormalization,
  LeakyRelu: leakyRelu,
  MatMul: matMul,
  Max: maximum(binaryOperator('maximum', Math.max)),
  MaxPool: maxPool,
  MelWeightMatrix: melWeightMatrix,
  Min: minimum(binaryOperator('minimum', Math.min)),
  Mul: binaryOperator('multiply', (a, b) => a * b),
  Neg: neg,
  ReduceMax: reduce('max', 'max', false, reduceMax),
  ReduceMean: reduce('mean', 'add', true, reduceMean),
  ReduceMin: reduce('min', 'min', false, reduceMin),
  ReduceSum: reduce('sum', 'add', false, reduceSum),
  Relu: relu,
  Reshape: reshape,
  Shape: shape,
  Sigmoid: sigmoid,
  Size: size,
  Slice: slice,
  Softmax: softmax,
  Sqrt: sqrt,
  Squeeze: squeeze,
  Sub: binaryOperator('subtract', (a, b) => a - b),
  Tanh: tanh,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
}));
