/** Gemm and MatMul. Constant weights are stored [N, K], as the operator library's dense wants them. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { elementCount } from '../../../ir/buffer.js';
import { batchMatmul, dense } from '../../../dag/operators/matmul.js';
import type { Lowering } from '../../lowering/lowering.js';
import type { Tensor } from '../../lowering/tensor.js';
import { broadcastShape } from '../../tensor.js';
import type { Operator } from '../operator.js';
import { required } from '../operator-input.js';
import { addBinary, addScalar } from './binary.js';

function addDense(to: Lowering, x: Tensor, weights: Tensor): Tensor {
  return to.add({
    label: 'nn_dense', pattern: 'anchor', weights: 1, inputs: [x, weights], output: { dtype: x.dtype, shape: [x.shape[0] ?? 1, weights.shape[0] ?? 1] },
    build: ([a, b]) => [dense(defined(a, 'the data'), defined(b, 'the weights'))],
  });
}

/** alpha * A' * B' + beta * C */
export const gemm: Operator = {
  infer: ({ attributes, inputs }) => {
    const a = required(inputs, 0);
    if (!a.ok) return a;
    const b = required(inputs, 1);
    if (!b.ok) return b;
    if (a.value.shape.length !== 2 || b.value.shape.length !== 2) return err('its matrices must have rank 2');
    const [m, k] = attributes.number('transA', 0) === 1 ? a.value.shape.toReversed() : a.value.shape;
    const [k2, n] = attributes.number('transB', 0) === 1 ? b.value.shape.toReversed() : b.value.shape;
    if (k !== k2) return err(`inner extents ${k} and ${k2} differ`);
    const shape = [m ?? 1, n ?? 1];
    const c = inputs[2];
    if (c !== undefined && broadcastShape(c.shape, shape)?.join() !== shape.join()) return err(`its third input [${c.shape.join(', ')}] does not broadcast to [${shape.join(', ')}]`);
    return ok([{ dtype: a.value.dtype, shape }]);
  },
  lower: ({ attributes, inputs, outputs }, to) => {
    const a = defined(inputs[0], 'the first matrix');
    const b = defined(inputs[1], 'the second matrix');
    const c = inputs[2];
    const x = attributes.number('transA', 0) === 1 ? to.permuteValue(a, a.shape, [1, 0]) : to.read(a, 'plain');
    const w = to.permuteValue(b, b.shape, attributes.number('transB', 0) === 1 ? [0, 1] : [1, 0]);
    const alpha = attributes.number('alpha', 1);
    const beta = attributes.number('beta', 1);
    let result = addDense(to, x, w);
    if (alpha !== 1) result = addScalar(to, 'multiply', result, alpha);
    if (c !== undefined && beta !== 0) {
      const bias = to.read(c, 'plain', 2);
      result = addBinary(to, 'add', result, beta === 1 ? bias : addScalar(to, 'multiply', bias, beta));
    }
    to.define(defined(outputs[0], 'the output'), result, 'plain');
    return ok(undefined);
  },
};

/** Shapes of a product as [batch..., M, K] x [batch..., K, N]; vectors get an extent of 1. */
function matmulShapes(a: readonly number[], b: readonly number[]): Result<{ a: readonly number[]; b: readonly number[]; batch: readonly number[]; shape: readonly number[] }> {
  if (a.length === 0 || b.length === 0) return err('a scalar has no product');
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const batch = broadcastShape(left.slice(0, -2), right.slice(0, -2));
  const [m = 1, k = 1] = left.slice(-2);
  const [k2 = 1, n = 1] = right.slice(-2);
  if (batch === undefined || k !== k2) return err(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not fit`);
  const shape = [...batch, ...(a.length === 1 ? [] : [m]), ...(b.length === 1 ? [] : [n])];
  return ok({ a: left, b: right, batch, shape });
}

export const matMul: Operator = {
  infer: ({ inputs }) => {
    const a = required(inputs, 0);
    if (!a.ok) return a;
    const b = required(inputs, 1);
    if (!b.ok) return b;
    const shapes = matmulShapes(a.value.shape, b.value.shape);
    return shapes.ok ? ok([{ dtype: a.value.dtype, shape: shapes.value.shape }]) : shapes;
  },
  lower: ({ inputs, outputs }, to) => {
    const a = defined(inputs[0], 'the first matrix');
    const b = defined(inputs[1], 'the second matrix');
    const y = defined(outputs[0], 'the output');
    const shapes = matmulShapes(a.shape, b.shape);
    if (!shapes.ok) return shapes;
    const [m = 1, k = 1] = shapes.value.a.slice(-2);
    const [, n = 1] = shapes.value.b.slice(-2);
    const count = elementCount(shapes.value.batch);
    const batchOf = (shape: readonly number[]): number => elementCount(shape.slice(0, -2));
    if (batchOf(shapes.value.b) === 1 && b.constant !== undefined) {
      const product = addDense(to, to.reshape(a, [count * m, k]), to.permuteValue(b, [k, n], [1, 0]));
      to.define(y, to.alias(product, y.shape), 'plain');
      return ok(undefined);
    }
    const fits = (shape: readonly number[]): boolean => batchOf(shape) === count || batchOf(shape) === 1;
    if (!fits(shapes.value.a) || !fits(shapes.value.b)) return err('a batch that repeats in only some of its dimensions is not supported');
    const x = to.reshape(a, [batchOf(shapes.value.a), m, k]);
    const z = to.reshape(b, [batchOf(shapes.value.b), k, n]);
    const product = to.add({
      label: 'nn_batch_matmul', pattern: 'anchor', inputs: [x, z], output: { dtype: y.dtype, shape: [count, m, n] },
      build: ([p, q]) => [batchMatmul(defined(p, 'an operand'), defined(q, 'an operand'))],
    });
    to.define(y, to.alias(product, y.shape), 'plain');
    return ok(undefined);
  },
};
