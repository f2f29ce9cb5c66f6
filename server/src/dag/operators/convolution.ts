/** Convolutions in both orders of dimensions (operator library: nn.conv, nn.depthwise_conv2d). */
import { reduce } from '../create.js';
import type { ComputeOp } from '../op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, int, load, type Expr } from '../../ir/expr.js';
import { divided, remainder, scaled, windowIndex } from './index-forms.js';
import { padStage, type Padding } from './pad.js';

export interface Window {
  /** Extents of the kernel, steps and distances of its taps, for each spatial dimension. */
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** For all dimensions of the data. */
  readonly padding: Padding;
}

/** Where the channels are: data [N, spatial..., C] with weights [kernel..., C, F], or data [N, C, spatial...] with weights [F, C, kernel...]. */
export type ChannelOrder = 'channels last' | 'channels first';

/** Names of a convolution's stages and axes; `spatial` and `taps` one for each spatial dimension. */
export interface ConvolutionForm {
  readonly order: ChannelOrder;
  readonly pad: string;
  readonly conv: string;
  readonly batch: string;
  readonly spatial: readonly string[];
  readonly filter: string;
  readonly taps: readonly string[];
  readonly channel: string;
}

const FORMAT: Readonly<Record<ChannelOrder, readonly string[]>> = { 'channels last': ['nwc', 'nhwc', 'ndhwc'], 'channels first': ['ncw', 'nchw', 'ncdhw'] };

/** The names that the library has given since 2022. */
export function convolutionForm(dims: number, order: ChannelOrder, groups: number): ConvolutionForm {
  return {
    order, pad: 'pad_temp', conv: `${groups > 1 ? 'group_' : ''}conv${dims}d_${FORMAT[order][dims - 1] ?? ''}`,
    batch: 'nn', spatial: ['yy', 'xx', 'zz'].slice(0, dims), filter: 'ff', taps: ['ry', 'rx', 'rz'].slice(0, dims), channel: 'rc',
  };
}

/** The output's spatial extents for data whose spatial extents are padded to `padded`. */
function outputExtents(padded: readonly number[], { kernel, strides, dilations }: Window): number[] {
  return kernel.map((k, i) => Math.floor(((padded[i] ?? 0) - ((k - 1) * (dilations[i] ?? 1) + 1)) / (strides[i] ?? 1)) + 1);
}

/** Indices of the taps of a window for output indices `at`. */
function tapIndices({ kernel, strides, dilations }: Window, at: readonly Expr[], taps: readonly Expr[]): Expr[] {
  return kernel.map((_, i) => windowIndex(at[i] ?? int(0), strides[i] ?? 1, taps[i] ?? int(0), dilations[i] ?? 1));
}

/** Data, weights and result have their dimensions in `form.order` (default: channels last); one to three spatial dimensions. */
export function convolution(data: Buffer, weights: Buffer, window: Window, groups: number, form = convolutionForm(window.kernel.length, 'channels last', groups)): ComputeOp[] {
  const dims = window.kernel.length;
  const last = form.order === 'channels last';
  const pad = padStage(form.pad, 'i', data, window.padding, 0);
  const channels = weights.shape[last ? dims : 1] ?? 1;
  const filters = weights.shape[last ? dims + 1 : 0] ?? 1;
  const out = outputExtents(last ? pad.output.shape.slice(1) : pad.output.shape.slice(2), window);
  const batch = data.shape[0] ?? 1;
  const taps = form.taps.map((tap, i) => [tap, window.kernel[i] ?? 1] as const);
  const conv = reduce(
    form.conv, last ? [batch, ...out, filters] : [batch, filters, ...out],
    last ? [form.batch, ...form.spatial, form.filter] : [form.batch, form.filter, ...form.spatial],
    Object.fromEntries(last ? [...taps, [form.channel, channels]] : [[form.channel, channels], ...taps]), 'add',
    (at, r) => {
      const n = at[0] ?? int(0);
      const ff = at[last ? dims + 1 : 1] ?? int(0);
      const rc = r[last ? dims : 0] ?? int(0);
      const kernelAt = last ? r.slice(0, dims) : r.slice(1);
      const element = tapIndices(window, last ? at.slice(1) : at.slice(2), kernelAt);
      const channel: Expr = groups === 1 ? rc : binary('add', scaled(divided(ff, filters / groups), channels), rc);
      return last
        ? binary('mul', load(pad.output, [n, ...element, channel]), load(weights, [...kernelAt, rc, ff]))
        : binary('mul', load(pad.output, [n, channel, ...element]), load(weights, [ff, rc, ...kernelAt]));
    });
  return [pad, conv];
}

/** Channels last: data [N, H, W, C], weights [KH, KW, C, M] -> [N, H, W, C * M]. First: [N, C, H, W], [C, M, KH, KW] -> [N, C * M, H, W]. */
export function depthwiseConvolution(data: Buffer, weights: Buffer, window: Window, order: ChannelOrder = 'channels last'): ComputeOp[] {
  const last = order === 'channels last';
  const pad = padStage('PaddedInput', 'i', data, window.padding, 0);
  const multiplier = weights.shape[last ? 3 : 1] ?? 1;
  const channels = (data.shape[last ? 3 : 1] ?? 1) * multiplier;
  const out = outputExtents(last ? pad.output.shape.slice(1) : pad.output.shape.slice(2), window);
  const batch = data.shape[0] ?? 1;
  const over = { di: window.kernel[0] ?? 1, dj: window.kernel[1] ?? 1 };
  const conv = reduce('DepthwiseConv2d', last ? [batch, ...out, channels] : [batch, channels, ...out], last ? ['b', 'i', 'j', 'c'] : ['b', 'c', 'i', 'j'], over, 'add', (at, taps) => {
    const b = at[0] ?? int(0);
    const c = at[last ? 3 : 1] ?? int(0);
    const element = tapIndices(window, last ? at.slice(1) : at.slice(2), taps);
    const channel = divided(c, multiplier);
    const m = remainder(c, multiplier);
    return last
      ? binary('mul', load(pad.output, [b, ...element, channel]), load(weights, [...taps, channel, m]))
      : binary('mul', load(pad.output, [b, channel, ...element]), load(weights, [channel, m, ...taps]));
  });
  return [pad, conv];
}
