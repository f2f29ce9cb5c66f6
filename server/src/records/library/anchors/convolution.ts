/** Convolutions, grouped and depthwise ones, of unblocked data (spec key-resolution, 3.1). */
import { convolution, convolutionForm, depthwiseConvolution, type ChannelOrder, type ConvolutionForm } from '../../../dag/operators/convolution.js';
import { defined } from '../../../base/assert.js';
import { inputOf, sameShape, type Anchor, type Era, type Problem } from '../anchor.js';
import { paddingOf, paddingWords, windowFits, type WindowFit } from '../window-fit.js';

const ORDERS: readonly ChannelOrder[] = ['channels last', 'channels first'];
const LAYOUT: Readonly<Record<ChannelOrder, readonly string[]>> = { 'channels last': ['NWC', 'NHWC', 'NDHWC'], 'channels first': ['NCW', 'NCHW', 'NCDHW'] };

/** The names that the library gave to stages and axes at one time or another. */
function forms(dims: number, order: ChannelOrder, groups: number, era: Era): ConvolutionForm[] {
  const latest = convolutionForm(dims, order, groups);
  const unnamed: ConvolutionForm = { ...latest, conv: 'compute' };
  const last = order === 'channels last';
  const capital: ConvolutionForm = { ...latest, pad: 'PaddedInput', conv: `Conv${dims}dOutput` };
  if (dims === 2 && last && groups === 1) return era === 'old' ? [capital] : [latest, capital, { ...capital, conv: latest.conv }, { ...latest, conv: capital.conv }, unnamed];
  const earlier: ConvolutionForm[] = [unnamed];
  if (dims === 1) earlier.push({ ...unnamed, batch: 'b', spatial: ['w'], filter: 'c', taps: ['rw'] });
  if (dims === 3 && last) earlier.push({ ...capital, spatial: ['dd', 'hh', 'ww'], filter: 'cc', taps: ['rd', 'rh', 'rw'] });
  return era === 'old' ? earlier : [latest, ...earlier];
}

export function* convolutionAnchors(problem: Problem): Generator<Anchor> {
  const { era, out } = problem;
  const [x, w] = problem.inputs;
  if (x === undefined || w === undefined || w.length !== x.length || out.length !== x.length || x.length < 3 || x.length > 5 || x[0] !== out[0]) return;
  const dims = x.length - 2;
  for (const order of ORDERS) {
    const last = order === 'channels last';
    const channelAt = last ? dims + 1 : 1;
    const channels = x[channelAt] ?? 1;
    const perGroup = w[last ? dims : 1] ?? 1;
    const filters = w[last ? dims + 1 : 0] ?? 1;
    const groups = channels / perGroup;
    if (filters !== out[channelAt] || !Number.isInteger(groups) || groups < 1 || filters % groups !== 0) continue;
    const spatial = (shape: readonly number[]): readonly number[] => (last ? shape.slice(1, dims + 1) : shape.slice(2));
    const kernel = last ? w.slice(0, dims) : w.slice(2);
    for (const fit of windowFits(spatial(x), spatial(out), kernel, problem.era === 'old')) {
      for (const form of forms(dims, order, groups, era)) {
        const data = inputOf(problem, 0, x);
        const weights = inputOf(problem, 1, w, true);
        const window = { kernel, strides: fit.strides, dilations: fit.dilations, padding: paddingOf(fit, x.length, last ? 1 : 2) };
        const [pad, conv] = convolution(data.output, weights.output, window, groups, form);
        if (pad === undefined || conv === undefined || !sameShape(conv.output.shape, out)) continue;
        yield {
          family: `${groups > 1 ? 'group ' : ''}conv${dims}d ${LAYOUT[order][dims - 1] ?? ''} ${windowWords(kernel, fit)}`,
          ops: [data, pad, weights, conv], output: conv.output, inputs: 2, channelAxes: [channelAt], assumptions: [paddingWords(fit)],
        };
      }
    }
  }
}

export function* depthwiseAnchors(problem: Problem): Generator<Anchor> {
  const { out } = problem;
  const [x, w] = problem.inputs;
  if (x?.length !== 4 || w?.length !== 4 || out.length !== 4 || x[0] !== out[0]) return;
  for (const order of ORDERS) {
    const last = order === 'channels last';
    const channelAt = last ? 3 : 1;
    const [channels, multiplier] = last ? [w[2], w[3]] : [w[0], w[1]];
    if (channels !== x[channelAt] || channels === undefined || multiplier === undefined || channels * multiplier !== out[channelAt]) continue;
    const kernel = last ? w.slice(0, 2) : w.slice(2);
    const spatial = (shape: readonly number[]): readonly number[] => (last ? shape.slice(1, 3) : shape.slice(2));
    for (const fit of windowFits(spatial(x), spatial(out), kernel, problem.era === 'old')) {
      const data = inputOf(problem, 0, x);
      const weights = inputOf(problem, 1, w, true);
      const window = { kernel, strides: fit.strides, dilations: fit.dilations, padding: paddingOf(fit, 4, last ? 1 : 2) };
      const [pad, conv] = depthwiseConvolution(data.output, weights.output, window, order);
      yield {
        family: `depthwise conv2d ${LAYOUT[order][1] ?? ''} ${windowWords(kernel, fit)}`,
        ops: [data, defined(pad, 'a pad stage'), weights, defined(conv, 'a convolution')], output: defined(conv, 'a convolution').output, inputs: 2, channelAxes: [channelAt], assumptions: [paddingWords(fit)],
      };
    }
  }
}

/** `3x3`, `3x3 stride 2`, `3x3 dilation 2`. */
export function windowWords(kernel: readonly number[], fit: Pick<WindowFit, 'strides' | 'dilations'>): string {
  const each = (list: readonly number[]): string => (list.every((n) => n === list[0]) ? String(list[0] ?? 1) : list.join('x'));
  const words = [kernel.join('x')];
  if (fit.strides.some((n) => n !== 1)) words.push(`stride ${each(fit.strides)}`);
  if (fit.dilations.some((n) => n !== 1)) words.push(`dilation ${each(fit.dilations)}`);
  return words.join(' ');
}
