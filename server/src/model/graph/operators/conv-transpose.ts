/**
 * ConvTranspose of two spatial dimensions, as a convolution of the input with zeros between its elements: dilate, pad, convolve
 * with the kernel turned round.
 */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { convolution, type Window } from '../../../dag/operators/convolution.js';
import { dilateStage } from '../../../dag/operators/movement.js';
import { gathered, mapLazy, stridesOf } from '../../tensor.js';
import type { Attributes } from '../attributes.js';
import type { Value } from '../graph.js';
import type { Operator } from '../operator.js';
import { required } from '../operator-input.js';
import { addBias } from './convolution.js';
import { convTransposeMath } from './window-math.js';

interface Transposed {
  readonly strides: readonly number[];
  /** Of the convolution of the dilated data. */
  readonly window: Window;
  readonly spatial: readonly number[];
}

function plan(attributes: Attributes, x: Value, w: Value): Result<Transposed> {
  if (x.shape.length !== 4 || w.shape.length !== 4) return err(`an input of rank ${x.shape.length} is not supported, only 4`);
  if (attributes.number('group', 1) !== 1) return err('groups are not supported');
  if (attributes.text('auto_pad', 'NOTSET') !== 'NOTSET' || attributes.has('output_shape')) return err('auto_pad and output_shape are not supported: export explicit pads');
  const kernel = w.shape.slice(2);
  const strides = attributes.ints('strides') ?? [1, 1];
  const dilations = attributes.ints('dilations') ?? [1, 1];
  const pads = attributes.ints('pads') ?? [0, 0, 0, 0];
  const more = attributes.ints('output_padding') ?? [0, 0];
  const reach = kernel.map((k, i) => (k - 1) * (dilations[i] ?? 1));
  const before = reach.map((r, i) => r - (pads[i] ?? 0));
  const after = reach.map((r, i) => r - (pads[i + 2] ?? 0) + (more[i] ?? 0));
  if ([...before, ...after].some((n) => n < 0)) return err('pads larger than the kernel are not supported');
  const spatial = kernel.map((_, i) => ((x.shape[i + 2] ?? 1) - 1) * (strides[i] ?? 1) + 1 + (before[i] ?? 0) + (after[i] ?? 0) - (reach[i] ?? 0));
  const padding = { before: [0, ...before, 0], after: [0, ...after, 0] };
  return ok({ strides, spatial, window: { kernel, strides: [1, 1], dilations, padding } });
}

/** What has the library's form: constant weights, two dimensions, no groups. */
function ordinary(attributes: Attributes, x: Value | undefined, w: Value | undefined): boolean {
  return x !== undefined && w?.constant !== undefined && plan(attributes, x, w).ok;
}

export const convTranspose: Operator = {
  infer: (call) => {
    const { attributes, inputs } = call;
    if (!ordinary(attributes, inputs[0], inputs[1])) return convTransposeMath.infer(call);
    const x = required(inputs, 0);
    if (!x.ok) return x;
    const w = required(inputs, 1);
    if (!w.ok) return w;
    const transposed = plan(attributes, x.value, w.value);
    if (!transposed.ok) return transposed;
    if (w.value.shape[0] !== x.value.shape[1]) return err(`${x.value.shape[1]} channels do not fit weights [${w.value.shape.join(', ')}]`);
    return ok([{ dtype: x.value.dtype, shape: [x.value.shape[0] ?? 1, w.value.shape[1] ?? 1, ...transposed.value.spatial] }]);
  },
  lower: (node, to) => {
    if (!ordinary(node.attributes, node.inputs[0], node.inputs[1])) return defined(convTransposeMath.lower, 'lowering')(node, to);
    const [x, w] = [defined(node.inputs[0], 'the input'), defined(node.inputs[1], 'the weights')];
    const y = defined(node.outputs[0], 'the output');
    const transposed = plan(node.attributes, x, w);
    if (!transposed.ok) return transposed;
    if (w.constant === undefined) return err('weights that are computed while the model runs are not supported');
    const { strides, window, spatial } = transposed.value;
    const turned = mapLazy(w.constant, w.constant, (t) => {
      const steps = stridesOf(t.shape).map((step, i) => (i < 2 ? step : -step));
      const last = stridesOf(t.shape).reduce((n, step, i) => (i < 2 ? n : n + step * ((t.shape[i] ?? 1) - 1)), 0);
      return gathered(t, t.shape, steps, last);
    });
    const result = to.add({
      label: 'nn_conv2d_transpose', pattern: 'anchor', weights: 1, inputs: [to.read(x, 'channels-last'), to.constant(turned, w.shape, [2, 3, 0, 1])],
      output: { dtype: y.dtype, shape: [y.shape[0] ?? 1, ...spatial, y.shape[1] ?? 1] },
      build: ([data, weights]) => {
        const dilated = dilateStage(defined(data, 'the data'), strides);
        return [dilated, ...convolution(dilated.output, defined(weights, 'the weights'), window, 1)];
      },
    });
    addBias(node, to, result);
    return ok(undefined);
  },
};
