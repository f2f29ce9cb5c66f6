/** Convolutions with the channels innermost (operator library: nn.conv, nn.depthwise_conv2d_nhwc). */
import { reduce } from '../create.js';
import type { ComputeOp } from '../op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, int, load, type Expr } from '../../ir/expr.js';
import { scaled, windowIndex } from './index-forms.js';
import { padStage, type Padding } from './pad.js';

export interface Window {
  /** Extents of the kernel, steps and distances of its taps, for each spatial dimension. */
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** For all dimensions of the data. */
  readonly padding: Padding;
}

const SPATIAL = ['yy', 'xx', 'zz'];
const TAPS = ['ry', 'rx', 'rz'];
const FORMAT: Readonly<Record<number, string>> = { 1: 'conv1d_nwc', 2: 'conv2d_nhwc', 3: 'conv3d_ndhwc' };

/** The output's spatial extents for data padded to `padded`. */
function outputExtents(padded: readonly number[], { kernel, strides, dilations }: Window): number[] {
  return kernel.map((k, i) => Math.floor(((padded[i + 1] ?? 0) - ((k - 1) * (dilations[i] ?? 1) + 1)) / (strides[i] ?? 1)) + 1);
}

/** data [N, spatial..., C], weights [kernel..., C / groups, F] -> [N, spatial..., F]; one to three spatial dimensions. */
export function convolution(data: Buffer, weights: Buffer, window: Window, groups: number): ComputeOp[] {
  const dims = window.kernel.length;
  const pad = padStage('pad_temp', 'i', data, window.padding, 0);
  const padded = pad.output;
  const channels = weights.shape[dims] ?? 1;
  const filters = weights.shape[dims + 1] ?? 1;
  const name = `${groups > 1 ? 'group_' : ''}${FORMAT[dims] ?? 'conv'}`;
  const shape = [data.shape[0] ?? 1, ...outputExtents(padded.shape, window), filters];
  const axes = ['nn', ...SPATIAL.slice(0, dims), 'ff'];
  const over = Object.fromEntries([...TAPS.slice(0, dims).map((tap, i) => [tap, window.kernel[i] ?? 1]), ['rc', channels]]);
  const conv = reduce(name, shape, axes, over, 'add', (at, r) => {
    const [n, ff] = [at[0] ?? int(0), at[dims + 1] ?? int(0)];
    const rc = r[dims] ?? int(0);
    const channel: Expr = groups === 1 ? rc : binary('add', scaled(divided(ff, filters / groups), channels), rc);
    const taps = window.kernel.map((_, i) => windowIndex(at[i + 1] ?? int(0), window.strides[i] ?? 1, r[i] ?? int(0), window.dilations[i] ?? 1));
    return binary('mul', load(padded, [n, ...taps, channel]), load(weights, [...r, ff]));
  });
  return [pad, conv];
}

/** data [N, H, W, C], weights [KH, KW, C, M] -> [N, H, W, C * M]. */
export function depthwiseConvolution(data: Buffer, weights: Buffer, window: Window): ComputeOp[] {
  const pad = padStage('PaddedInput', 'i', data, window.padding, 0);
  const padded = pad.output;
  const multiplier = weights.shape[3] ?? 1;
  const shape = [data.shape[0] ?? 1, ...outputExtents(padded.shape, window), (data.shape[3] ?? 1) * multiplier];
  const over = { di: window.kernel[0] ?? 1, dj: window.kernel[1] ?? 1 };
  const conv = reduce('DepthwiseConv2d', shape, ['b', 'i', 'j', 'c'], over, 'add', (at, r) => {
    const [b, i, j, c] = [at[0] ?? int(0), at[1] ?? int(0), at[2] ?? int(0), at[3] ?? int(0)];
    const [di, dj] = [r[0] ?? int(0), r[1] ?? int(0)];
    const channel = divided(c, multiplier);
    const y = windowIndex(i, window.strides[0] ?? 1, di, window.dilations[0] ?? 1);
    const x = windowIndex(j, window.strides[1] ?? 1, dj, window.dilations[1] ?? 1);
    const m = multiplier === 1 ? int(0) : binary('floormod', c, int(multiplier));
    return binary('mul', load(padded, [b, y, x, channel]), load(weights, [di, dj, channel, m]));
  });
  return [pad, conv];
}

function divided(a: Expr, divisor: number): Expr {
  return divisor === 1 ? a : binary('floordiv', a, int(divisor));
}
