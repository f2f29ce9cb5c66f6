/** Pooling with the channels innermost (operator library: nn.pool, nn.global_pool). */
import { compute, reduce } from '../create.js';
import type { ComputeOp } from '../op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, cast, float, int, load, select, type Expr } from '../../ir/expr.js';
import type { Window } from './convolution.js';
import { numberedAxes, scaled, windowIndex } from './index-forms.js';
import { isPadded, padStage } from './pad.js';

/** The lowest float32: what padding means to a maximum. */
const LOWEST = -3.4028234663852886e38;

export interface Pool {
  readonly kind: 'max' | 'average';
  readonly window: Window;
  /** Averages divide by the whole kernel's size, padding included. */
  readonly countPadding: boolean;
  /** Of the output: [N, spatial..., C]. */
  readonly shape: readonly number[];
}

/** data [N, spatial..., C]. */
export function pooling(data: Buffer, { kind, window, countPadding, shape }: Pool): ComputeOp[] {
  const dims = window.kernel.length;
  const stages: ComputeOp[] = [];
  let source = data;
  if (isPadded(window.padding)) {
    const pad = padStage('pad_temp', 'ax', data, window.padding, kind === 'max' ? LOWEST : 0);
    stages.push(pad);
    source = pad.output;
  }
  const axes = numberedAxes('ax', shape.length);
  const over = Object.fromEntries(window.kernel.map((extent, i) => [`rv${i}`, extent]));
  const name = kind === 'max' ? 'pool_max' : 'pool_sum';
  const reduced = reduce(name, shape, axes, over, kind === 'max' ? 'max' : 'add', (at, r) =>
    load(source, at.map((axis, i) => (i === 0 || i > dims ? axis : windowIndex(axis, window.strides[i - 1] ?? 1, r[i - 1] ?? int(0), window.dilations[i - 1] ?? 1)))));
  stages.push(reduced);
  if (kind === 'max') return stages;
  const whole = window.kernel.reduce((n, k) => n * k, 1);
  stages.push(compute('pool_avg', shape, axes, (at) => {
    const count = countPadding || !isPadded(window.padding)
      ? float(whole, data.dtype)
      : cast(data.dtype, binary('max', window.kernel.map((_, i) => taps(at[i + 1] ?? int(0), i, data, window)).reduce((a, b) => binary('mul', a, b)), int(1)));
    return binary('div', load(reduced.output, at), count);
  }));
  return stages;
}

/** How many taps of spatial dimension `i` fall on data rather than padding (dilation 1). */
function taps(axis: Expr, i: number, data: Buffer, window: Window): Expr {
  const before = window.padding.before[i + 1] ?? 0;
  const scaledAxis = scaled(axis, window.strides[i] ?? 1);
  const start = before === 0 ? scaledAxis : binary('sub', scaledAxis, int(before));
  const last = binary('min', binary('add', start, int((window.kernel[i] ?? 1) - 1)), int((data.shape[i + 1] ?? 1) - 1));
  const first = binary('add', start, binary('max', binary('sub', int(0), start), int(0)));
  return binary('add', binary('sub', last, first), int(1));
}

/** data [N, spatial..., C] -> [N, 1..., C]; written as the library's adaptive pool to one element. */
export function globalPooling(data: Buffer, kind: 'max' | 'average'): ComputeOp[] {
  const rank = data.shape.length;
  const spatial = data.shape.slice(1, rank - 1);
  const shape = data.shape.map((extent, i) => (i === 0 || i === rank - 1 ? extent : 1));
  const axes = numberedAxes('ax', rank);
  const over = Object.fromEntries(spatial.map((extent, i) => [`rv${i}`, extent]));
  const name = kind === 'max' ? 'adaptive_pool_max' : 'adaptive_pool_sum';
  const reduced = reduce(name, shape, axes, over, kind === 'max' ? 'max' : 'add', (at, r) =>
    load(data, at.map((axis, i) => (i === 0 || i === rank - 1 ? axis : windowIndex(axis, spatial[i - 1] ?? 1, r[i - 1] ?? int(0), 1)))));
  if (kind === 'max') return [reduced];
  const average = compute('adaptive_pool_avg', shape, axes, (at) => {
    const lengths = spatial.map((extent, i): Expr => {
      const axis = at[i + 1] ?? int(0);
      const end = scaled(binary('add', axis, int(1)), extent);
      return cast(data.dtype, binary('sub', select(int(1, 'bool'), end, binary('add', end, int(1))), scaled(axis, extent)));
    });
    return binary('div', load(reduced.output, at), lengths.reduce((a, b) => binary('mul', a, b)));
  });
  return [reduced, average];
}
