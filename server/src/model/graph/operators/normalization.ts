/**
 * LayerNormalization, and BatchNormalization as it runs where it could not be folded into a convolution: a multiplication and
 * an addition per channel.
 */
import { defined } from '../../../base/assert.js';
import { err, ok } from '../../../base/result.js';
import { normalization } from '../../../dag/operators/normalization.js';
import { broadcastShape, combineLazy, hostTensor, type HostTensor, type LazyTensor } from '../../tensor.js';
import type { GraphNode } from '../graph.js';
import type { Operator } from '../operator.js';
import { axisOf, required } from '../operator-input.js';
import { addBinary } from './binary.js';
import { addStatistics, computedBatchNorm } from './norm-math.js';

/** Per channel: y = x * scale + shift. Undefined where a parameter is computed while the model runs. */
export function batchNormScale(node: GraphNode): { scale: LazyTensor; shift: LazyTensor } | undefined {
  const parameters = [1, 2, 3, 4].flatMap((i) => node.inputs[i]?.constant ?? []);
  const first = parameters[0];
  if (parameters.length !== 4 || first === undefined) return undefined;
  const epsilon = node.attributes.number('epsilon', 1e-5);
  const per = (compute: (gamma: number, beta: number, mean: number, deviation: number) => number) => (loaded: readonly HostTensor[]): HostTensor => {
    const at = (which: number, i: number): number => loaded[which]?.data[i] ?? 0;
    const values = Array.from({ length: loaded[0]?.data.length ?? 0 }, (_, i) => compute(at(0, i), at(1, i), at(2, i), Math.sqrt(at(3, i) + epsilon)));
    return hostTensor(first.dtype, first.shape, values);
  };
  return {
    scale: combineLazy(parameters, first, per((gamma, _beta, _mean, deviation) => gamma / deviation)),
    shift: combineLazy(parameters, first, per((gamma, beta, mean, deviation) => beta - (mean * gamma) / deviation)),
  };
}

export const batchNormalization: Operator = {
  infer: ({ inputs, outputCount, attributes }) => {
    const x = required(inputs, 0);
    if (!x.ok) return x;
    if (x.value.shape.length < 2) return err('it needs an input of rank 2 or more');
    if (outputCount > 1 || attributes.number('training_mode', 0) === 1) return err('training mode is not supported: export the model for inference');
    return ok([{ dtype: x.value.dtype, shape: x.value.shape }]);
  },
  lower: (node, to) => {
    const x = defined(node.inputs[0], 'the input');
    const folded = batchNormScale(node);
    if (folded === undefined) return computedBatchNorm(node, to);
    const rank = x.shape.length;
    const layout = rank < 3 ? 'plain' : 'channels-last';
    const perChannel = (constant: LazyTensor) => to.constant(constant, [...new Array<number>(rank - 1).fill(1), x.shape[1] ?? 1]);
    const scaled = addBinary(to, 'multiply', to.read(x, layout), perChannel(folded.scale));
    to.define(defined(node.outputs[0], 'the output'), addBinary(to, 'add', scaled, perChannel(folded.shift)), layout);
    return ok(undefined);
  },
};

/** Over the axes from `axis` on; scale and bias broadcast over the input. */
export const layerNormalization: Operator = {
  infer: ({ inputs, outputCount, attributes }) => {
    const x = required(inputs, 0);
    if (!x.ok) return x;
    const scale = required(inputs, 1);
    if (!scale.ok) return scale;
    const axis = axisOf(attributes.number('axis', -1), x.value.shape.length);
    if (!axis.ok) return axis;
    const fits = inputs.slice(1).every((v) => v === undefined || broadcastShape(v.shape, x.value.shape)?.join() === x.value.shape.join());
    const statistics = { dtype: 'float32', shape: x.value.shape.map((extent, i) => (i < axis.value ? extent : 1)) } as const;
    return fits ? ok([{ dtype: x.value.dtype, shape: x.value.shape }, statistics, statistics].slice(0, Math.max(outputCount, 1))) : err('its scale and bias do not fit its input');
  },
  lower: (node, to) => {
    const [x, scale, bias] = [defined(node.inputs[0], 'the input'), defined(node.inputs[1], 'the scale'), node.inputs[2]];
    const rank = x.shape.length;
    const axis = axisOf(node.attributes.number('axis', -1), rank);
    if (!axis.ok) return axis;
    const epsilon = node.attributes.number('epsilon', 1e-5);
    const normal = to.add({
      label: 'nn_layer_norm', pattern: 'anchor', inputs: [to.read(x, 'plain')], output: { dtype: x.dtype, shape: x.shape },
      build: ([data]) => normalization(defined(data, 'the data'), axis.value, epsilon),
    });
    addStatistics(node, to, axis.value, epsilon);
    const scaled = addBinary(to, 'multiply', normal, to.read(scale, 'plain', rank));
    to.define(defined(node.outputs[0], 'the output'), bias === undefined ? scaled : addBinary(to, 'add', scaled, to.read(bias, 'plain', rank)), 'plain');
    return ok(undefined);
  },
};
