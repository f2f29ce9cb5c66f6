/** Conv: one to three spatial dimensions, groups, depthwise. The bias is an add of its own, which fuses. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { convolution, depthwiseConvolution } from '../../../dag/operators/convolution.js';
import type { Lowering } from '../../lowering/lowering.js';
import type { Tensor } from '../../lowering/tensor.js';
import type { Attributes } from '../attributes.js';
import type { GraphNode, Value } from '../graph.js';
import type { Operator, OperatorCall } from '../operator.js';
import { required } from '../operator-input.js';
import { windowOf, type WindowAttributes } from '../window.js';
import { addBinary } from './binary.js';

function shapeOf(attributes: Attributes, x: Value, w: Value): Result<WindowAttributes> {
  if (x.shape.length < 3 || x.shape.length > 5 || w.shape.length !== x.shape.length) return err(`an input of rank ${x.shape.length} with weights of rank ${w.shape.length} is not supported`);
  return windowOf(attributes, x.shape, attributes.ints('kernel_shape') ?? w.shape.slice(2));
}

export const conv: Operator = {
  infer: ({ attributes, inputs }: OperatorCall) => {
    const x = required(inputs, 0);
    if (!x.ok) return x;
    const w = required(inputs, 1);
    if (!w.ok) return w;
    const window = shapeOf(attributes, x.value, w.value);
    if (!window.ok) return window;
    const groups = attributes.number('group', 1);
    const [filters = 0, channels = 0] = w.value.shape;
    if (groups < 1 || filters % groups !== 0 || channels * groups !== x.value.shape[1]) {
      return err(`${x.value.shape[1]} channels do not fit weights [${w.value.shape.join(', ')}] in ${groups} groups`);
    }
    return ok([{ dtype: x.value.dtype, shape: [x.value.shape[0] ?? 1, filters, ...window.value.spatial] }]);
  },
  lower: (node, to) => {
    const x = required(node.inputs, 0);
    if (!x.ok) return x;
    const w = required(node.inputs, 1);
    if (!w.ok) return w;
    const window = shapeOf(node.attributes, x.value, w.value);
    if (!window.ok) return window;
    addBias(node, to, convolve(to, x.value, w.value, window.value, node.attributes.number('group', 1), defined(node.outputs[0], 'the output')));
    return ok(undefined);
  },
};

function convolve(to: Lowering, x: Value, w: Value, { window }: WindowAttributes, groups: number, y: Value): Tensor {
  const rank = x.shape.length;
  const [filters = 1, perGroup = 1, ...kernel] = w.shape;
  const spatialAxes = kernel.map((_, i) => i + 2);
  const output = { dtype: y.dtype, shape: [y.shape[0] ?? 1, ...y.shape.slice(2), filters] };
  const data = to.read(x, 'channels-last');
  if (rank === 4 && groups > 1 && perGroup === 1) {
    const weights = to.permuteValue(w, [groups, filters / groups, ...kernel], [2, 3, 0, 1]);
    return to.add({
      label: 'nn_conv2d', pattern: 'anchor', inputs: [data, weights], output,
      build: ([a, b]) => depthwiseConvolution(defined(a, 'the data'), defined(b, 'the weights'), window),
    });
  }
  const weights = to.permuteValue(w, w.shape, [...spatialAxes, 1, 0]);
  return to.add({
    label: `nn_conv${rank - 2}d`, pattern: 'anchor', inputs: [data, weights], output, weights: 1,
    build: ([a, b]) => convolution(defined(a, 'the data'), defined(b, 'the weights'), window, groups),
  });
}

/** Adds input 2, one element per channel, and defines the output. */
export function addBias(node: GraphNode, to: Lowering, result: Tensor): void {
  const y = defined(node.outputs[0], 'the output');
  const bias = node.inputs[2];
  const shape = [...new Array<number>(y.shape.length - 1).fill(1), y.shape[1] ?? 1];
  to.define(y, bias === undefined ? result : addBinary(to, 'add', result, to.reshape(bias, shape)), 'channels-last');
}
