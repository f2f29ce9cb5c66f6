/** Normalizations besides those of normalization.ts: RMS, instance, group, Lp, mean and variance, across channels; statistics as outputs. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { compute, reduce } from '../../../dag/create.js';
import type { ComputeOp } from '../../../dag/op.js';
import { broadcastLoad, numberedAxes } from '../../../dag/operators/index-forms.js';
import { normalization } from '../../../dag/operators/normalization.js';
import { as, atLeast, both, by, fn, less, minus, number, over, plus, times } from '../../../dag/operators/scalar-forms.js';
import { elementCount, type Buffer } from '../../../ir/buffer.js';
import { ifThenElse, int, load, type Expr } from '../../../ir/expr.js';
import type { Lowering } from '../../lowering/lowering.js';
import type { Tensor } from '../../lowering/tensor.js';
import type { GraphNode, Value } from '../graph.js';
import type { Operator } from '../operator.js';
import { axisOf, required } from '../operator-input.js';
import { addBinary } from './binary.js';
import { axesFrom0 } from './movement-math.js';
import { reduceStage } from './reduce-math.js';
import { tensorOperator } from './tensor-operator.js';

/** Mean, with kept dimensions. */
function meanStages(x: Buffer, axes: readonly number[], term: (e: Expr, index: readonly Expr[]) => Expr): readonly [ComputeOp, ComputeOp] {
  const sum = reduceStage(`${x.name}_red`, x, axes, true, 'add', term);
  const count = axes.reduce((n, axis) => n * (x.shape[axis] ?? 1), 1);
  return [sum, compute('T_divide', sum.output.shape, numberedAxes('ax', x.shape.length), (at) => over(load(sum.output, at), number(count, sum.output.dtype)))];
}

function from(axis: number, rank: number): number[] {
  return Array.from({ length: rank - axis }, (_, i) => axis + i);
}

/** The second and third output of a layer normalization: means and inverse standard deviations in float32. */
export function addStatistics(node: GraphNode, to: Lowering, axis: number, epsilon: number): void {
  const x = defined(node.inputs[0], 'the input');
  const [, mean, deviation] = node.outputs;
  const shape = x.shape.map((extent, i) => (i < axis ? extent : 1));
  const axes = from(axis, x.shape.length);
  const add = (value: Value | undefined, label: string, build: (data: Buffer) => readonly ComputeOp[]): void => {
    if (value === undefined || value.name === '') return;
    to.define(value, to.add({ label, pattern: 'anchor', inputs: [to.read(x, 'plain')], output: { dtype: 'float32', shape }, build: ([data]) => build(defined(data, 'the data')) }), 'plain');
  };
  const means = (data: Buffer): readonly [ComputeOp, ComputeOp] => meanStages(data, axes, (e) => as('float32', e));
  add(mean, 'mean', means);
  add(deviation, 'inverse_deviation', (data) => {
    const own = means(data);
    const centre = own[1].output;
    const variance = meanStages(data, axes, (e, index) => {
      const d = minus(as('float32', e), broadcastLoad(centre, index, data.shape));
      return times(d, d);
    });
    const names = numberedAxes('ax', shape.length);
    return [...own, ...variance, compute('T_rsqrt', shape, names, (at) => over(number(1, 'float32'), fn('sqrt', by(plus, load(variance[1].output, at), epsilon))))];
  });
}

/** Scale and shift from parameters that are computed while the model runs. */
export function computedBatchNorm(node: GraphNode, to: Lowering): Result<void> {
  const [x, gamma, beta, mean, variance] = node.inputs.map((value) => defined(value, 'an input'));
  if (x === undefined || gamma === undefined || beta === undefined || mean === undefined || variance === undefined) return err('an input is missing');
  const shape = x.shape.map((extent, i) => (i === 1 ? extent : 1));
  const per = (value: Value): Tensor => to.reshape(value, shape);
  const epsilon = node.attributes.number('epsilon', 1e-5);
  const names = numberedAxes('ax', shape.length);
  const scale = to.add({
    label: 'scale', pattern: 'elementwise', inputs: [per(gamma), per(variance)], output: { dtype: x.dtype, shape },
    build: ([g, v]) => [compute('T_scale', shape, names, (at) => over(as(x.dtype, load(defined(g, 'scale'), at)), fn('sqrt', by(plus, as(x.dtype, load(defined(v, 'variance'), at)), epsilon))))],
  });
  const shift = to.add({
    label: 'shift', pattern: 'elementwise', inputs: [per(beta), per(mean), scale], output: { dtype: x.dtype, shape },
    build: ([b, m, s]) => [compute('T_shift', shape, names, (at) => minus(as(x.dtype, load(defined(b, 'bias'), at)), times(as(x.dtype, load(defined(m, 'mean'), at)), load(defined(s, 'scale'), at))))],
  });
  to.define(defined(node.outputs[0], 'the output'), addBinary(to, 'add', addBinary(to, 'multiply', to.read(x, 'plain'), scale), shift), 'plain');
  return ok(undefined);
}

const sameType: Operator['infer'] = ({ inputs }) => {
  const x = required(inputs, 0);
  return x.ok ? ok([{ dtype: x.value.dtype, shape: x.value.shape }]) : x;
};

/** Rows of the input seen as `rows` x the rest, each to mean 0 and variance 1. */
function normalizedRows(to: Lowering, x: Value, rows: number, epsilon: number): Tensor {
  const shape = [rows, elementCount(x.shape) / rows];
  return to.add({
    label: 'nn_instance_norm', pattern: 'anchor', inputs: [to.reshape(x, shape)], output: { dtype: x.dtype, shape },
    build: ([data]) => normalization(defined(data, 'the data'), 1, epsilon),
  });
}

function scaleAndShift(node: GraphNode, to: Lowering, rows: Tensor, view: readonly number[], per: readonly number[]): Result<void> {
  const [scale, bias] = [defined(node.inputs[1], 'the scale'), defined(node.inputs[2], 'the bias')];
  const y = defined(node.outputs[0], 'the output');
  const result = addBinary(to, 'add', addBinary(to, 'multiply', to.alias(rows, view), to.reshape(scale, per)), to.reshape(bias, per));
  to.define(y, to.alias(result, y.shape), 'plain');
  return ok(undefined);
}

const instanceNormalization: Operator = {
  infer: sameType,
  lower: (node, to) => {
    const x = defined(node.inputs[0], 'the input');
    const [n = 1, c = 1] = x.shape;
    return scaleAndShift(node, to, normalizedRows(to, x, n * c, node.attributes.number('epsilon', 1e-5)), x.shape, x.shape.map((_, i) => (i === 1 ? c : 1)));
  },
};

const groupNormalization: Operator = {
  infer: sameType,
  lower: (node, to) => {
    const x = defined(node.inputs[0], 'the input');
    const groups = node.attributes.number('num_groups', 1);
    const [n = 1, c = 1] = x.shape;
    if (c % groups !== 0) return err(`${c} channels do not divide into ${groups} groups`);
    const rows = normalizedRows(to, x, n * groups, node.attributes.number('epsilon', 1e-5));
    // Before operator set 21, scale and bias were per group.
    const perGroup = node.inputs[1]?.shape[0] === groups && groups !== c;
    return perGroup
      ? scaleAndShift(node, to, rows, [n, groups, elementCount(x.shape) / n / groups], [1, groups, 1])
      : scaleAndShift(node, to, rows, x.shape, x.shape.map((_, i) => (i === 1 ? c : 1)));
  },
};

const rmsNormalization = tensorOperator(({ inputs, attributes }) => {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  const { dtype, shape } = x.value;
  const axis = axisOf(attributes.number('axis', -1), shape.length);
  if (!axis.ok) return axis;
  const epsilon = attributes.number('epsilon', 1e-5);
  return ok([{
    label: 'nn_rms_norm', pattern: 'anchor', dtype, shape,
    stages: ([data, scale]) => {
      const source = defined(data, 'the data');
      const factor = defined(scale, 'the scale');
      const square = meanStages(source, from(axis.value, shape.length), (e) => times(e, e));
      const lift = shape.length - factor.shape.length;
      return [...square, compute('T_rms_norm', shape, numberedAxes('ax', shape.length), (at) => {
        const root = fn('sqrt', by(plus, broadcastLoad(square[1].output, at, shape), epsilon));
        return times(over(load(source, at), root), as(dtype, broadcastLoad(factor, at.slice(lift), shape.slice(lift))));
      })];
    },
  }]);
});

const lpNormalization = tensorOperator(({ inputs, attributes }) => {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  const { dtype, shape } = x.value;
  const axis = axisOf(attributes.number('axis', -1), shape.length);
  if (!axis.ok) return axis;
  const square = attributes.number('p', 2) === 2;
  return ok([{
    label: 'lp_normalize', pattern: 'anchor', dtype, shape,
    stages: ([data]) => {
      const source = defined(data, 'the data');
      const sum = reduceStage('T_norm', source, [axis.value], true, 'add', (e) => (square ? times(e, e) : fn('fabs', e)));
      return [sum, compute('T_lp_normalize', shape, numberedAxes('ax', shape.length), (at) => {
        const norm = broadcastLoad(sum.output, at, shape);
        return over(load(source, at), square ? fn('sqrt', norm) : norm);
      })];
    },
  }]);
});

const meanVariance = tensorOperator(({ inputs, attributes }) => {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  const { dtype, shape } = x.value;
  const axes = axesFrom0(attributes.ints('axes') ?? [0, 2, 3], shape.length);
  if (!axes.ok) return axes;
  return ok([{
    label: 'mean_variance_normalize', pattern: 'anchor', dtype, shape,
    stages: ([data]) => {
      const source = defined(data, 'the data');
      const mean = meanStages(source, axes.value, (e) => e);
      const centred = (e: Expr, index: readonly Expr[]): Expr => minus(e, broadcastLoad(mean[1].output, index, shape));
      const variance = meanStages(source, axes.value, (e, index) => times(centred(e, index), centred(e, index)));
      return [...mean, ...variance, compute('T_mvn', shape, numberedAxes('ax', shape.length), (at) =>
        over(centred(load(source, at), at), by(plus, fn('sqrt', broadcastLoad(variance[1].output, at, shape)), 1e-9)))];
    },
  }]);
});

/** Local response normalization across channels. */
const lrn = tensorOperator(({ inputs, attributes }) => {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  const { dtype, shape } = x.value;
  const size = attributes.number('size', 1);
  const [alpha, beta, bias] = [attributes.number('alpha', 1e-4), attributes.number('beta', 0.75), attributes.number('bias', 1)];
  const before = Math.floor((size - 1) / 2);
  return ok([{
    label: 'nn_lrn', pattern: 'anchor', dtype, shape,
    stages: ([data]) => {
      const source = defined(data, 'the data');
      const names = numberedAxes('ax', shape.length);
      const sum = reduce('sqr_sum', shape, names, { rxs: size }, 'add', (at, [k = int(0)]) => {
        const channel = by(minus, plus(at[1] ?? int(0), k), before);
        const e = load(source, at.map((axis, i) => (i === 1 ? channel : axis)));
        return ifThenElse(both(by(atLeast, channel, 0), by(less, channel, shape[1] ?? 1)), times(e, e), number(0, dtype));
      });
      return [sum, compute('T_lrn', shape, names, (at) => over(load(source, at), fn('pow', by(plus, by(times, load(sum.output, at), alpha / size), bias), number(beta, dtype))))];
    },
  }]);
});

export const NORMALIZATION_OPERATORS: Readonly<Record<string, Operator>> = {
  GroupNormalization: groupNormalization, InstanceNormalization: instanceNormalization, LpNormalization: lpNormalization, LRN: lrn,
  MeanVarianceNormalization: meanVariance, RMSNormalization: rmsNormalization,
};
