/**
 * ConvTranspose with constant weights and one to three spatial dimensions. With strides: a convolution for each phase of the output, without the zeros (dag/operators/sub-pixel.ts), where
 * the strides divide the output. Else, as in the operator library, a convolution of the input with zeros between its elements: dilate, pad, convolve with the kernel turned round.
 */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { convolution, type Window } from '../../../dag/operators/convolution.js';
import { dilateStage } from '../../../dag/operators/movement.js';
import { subPixelConvolution, subPixelShape, type SubPixelDimension } from '../../../dag/operators/sub-pixel.js';
import type { Lowering } from '../../lowering/lowering.js';
import { gathered, mapLazy, stridesOf, type LazyTensor } from '../../tensor.js';
import type { Attributes } from '../attributes.js';
import type { GraphNode, Value } from '../graph.js';
import type { Operator } from '../operator.js';
import { required } from '../operator-input.js';
import { addBinary } from './binary.js';
import { addBias } from './convolution.js';
import { weightsOfPhases } from './phase-weights.js';
import { convTransposeMath } from './window-math.js';

interface Transposed {
  readonly strides: readonly number[];
  /** Of the convolution of the dilated data. */
  readonly window: Window;
  readonly spatial: readonly number[];
}

function plan(attributes: Attributes, x: Value, w: Value): Result<Transposed> {
  if (x.shape.length < 3 || x.shape.length > 5 || w.shape.length !== x.shape.length) return err(`an input of rank ${x.shape.length} with weights of rank ${w.shape.length} is not supported`);
  if (attributes.number('group', 1) !== 1) return err('groups are not supported');
  if (attributes.text('auto_pad', 'NOTSET') !== 'NOTSET' || attributes.has('output_shape')) return err('auto_pad and output_shape are not supported: export explicit pads');
  const kernel = w.shape.slice(2);
  const ones = kernel.map(() => 1);
  const strides = attributes.ints('strides') ?? ones;
  const dilations = attributes.ints('dilations') ?? ones;
  const pads = attributes.ints('pads') ?? [...kernel, ...kernel].map(() => 0);
  const more = attributes.ints('output_padding') ?? kernel.map(() => 0);
  const reach = kernel.map((k, i) => (k - 1) * (dilations[i] ?? 1));
  const before = reach.map((r, i) => r - (pads[i] ?? 0));
  const after = reach.map((r, i) => r - (pads[i + kernel.length] ?? 0) + (more[i] ?? 0));
  if ([...before, ...after].some((n) => n < 0)) return err('pads larger than the kernel are not supported');
  const spatial = kernel.map((_, i) => ((x.shape[i + 2] ?? 1) - 1) * (strides[i] ?? 1) + 1 + (before[i] ?? 0) + (after[i] ?? 0) - (reach[i] ?? 0));
  const padding = { before: [0, ...before, 0], after: [0, ...after, 0] };
  return ok({ strides, spatial, window: { kernel, strides: [1, 1], dilations, padding } });
}

/** The phases; undefined where there are none, or where they do not divide the output. */
function phasesOf(x: Value, { strides, spatial, window: { kernel, dilations, padding } }: Transposed): readonly SubPixelDimension[] | undefined {
  if (dilations.some((d) => d !== 1)) return undefined;
  const dimensions = kernel.map((k, i) => {
    const output = spatial[i] ?? 1;
    // Nothing lies between the elements of one element: any stride is right, and each position may be a phase.
    return { stride: x.shape[i + 2] === 1 ? output : strides[i] ?? 1, kernel: k, before: padding.before[i + 1] ?? 0, output };
  });
  return dimensions.some(({ stride }) => stride > 1) && dimensions.every(({ stride, output }) => output % stride === 0) ? dimensions : undefined;
}

/** What has the form of a convolution: constant weights, no groups. */
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
    const phases = phasesOf(x, transposed.value);
    if (phases !== undefined) {
      withoutZeros(node, to, [x, w.constant], y, phases);
      return ok(undefined);
    }
    const { strides, window, spatial } = transposed.value;
    const turned = mapLazy(w.constant, w.constant, (t) => {
      const steps = stridesOf(t.shape).map((step, i) => (i < 2 ? step : -step));
      const last = stridesOf(t.shape).reduce((n, step, i) => (i < 2 ? n : n + step * ((t.shape[i] ?? 1) - 1)), 0);
      return gathered(t, t.shape, steps, last);
    });
    const result = to.add({
      label: `nn_conv${spatial.length}d_transpose`, pattern: 'anchor', weights: 1, inputs: [to.read(x, 'channels-last'), to.constant(turned, w.shape, [...spatial.map((_, i) => i + 2), 0, 1])],
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

/** Adds the convolutions of all phases and the bias, and defines the output: (position, phase) in memory is the position of the output. */
function withoutZeros(node: GraphNode, to: Lowering, [x, w]: readonly [Value, LazyTensor], y: Value, phases: readonly SubPixelDimension[]): void {
  const filters = y.shape[1] ?? 1;
  const shape = subPixelShape(y.shape[0] ?? 1, phases, filters);
  const weights = weightsOfPhases(w, phases);
  const result = to.add({
    label: `nn_conv${phases.length}d_transpose`, pattern: 'anchor', weights: 1, inputs: [to.read(x, 'channels-last'), to.constant(weights)], output: { dtype: y.dtype, shape },
    build: ([data, kernel]) => subPixelConvolution(defined(data, 'the data'), defined(kernel, 'the weights'), phases),
  });
  const bias = node.inputs[2];
  const whole = bias === undefined ? result : addBinary(to, 'add', result, to.reshape(bias, shape.map((_, i) => (i === shape.length - 1 ? filters : 1))));
  to.define(y, to.alias(whole, [y.shape[0] ?? 1, ...y.shape.slice(2), filters]), 'channels-last');
}
