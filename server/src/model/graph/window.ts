/** The window attributes that convolutions and pools share: kernel_shape, strides, dilations, pads, auto_pad, ceil_mode. */
import { err, ok, type Result } from '../../base/result.js';
import type { Window } from '../../dag/operators/convolution.js';
import type { Attributes } from './attributes.js';

export interface WindowAttributes {
  readonly window: Window;
  /** Spatial extents of the output. */
  readonly spatial: readonly number[];
  /** Zeros added at the end beyond `pads`, by ceil_mode. */
  readonly extra: readonly number[];
}

/** `shape`: of the input, [N, C, spatial...]; `kernel`: its extents. The padding of the result is for channels-last data. */
export function windowOf(attributes: Attributes, shape: readonly number[], kernel: readonly number[]): Result<WindowAttributes> {
  const dims = shape.length - 2;
  const ones = new Array<number>(dims).fill(1);
  const strides = attributes.ints('strides') ?? ones;
  const dilations = attributes.ints('dilations') ?? ones;
  const pads = attributes.ints('pads') ?? new Array<number>(2 * dims).fill(0);
  const wrong = kernel.length !== dims || strides.length !== dims || dilations.length !== dims || pads.length !== 2 * dims;
  if (wrong || [...kernel, ...strides, ...dilations].some((n) => n < 1)) return err(`kernel_shape, strides, dilations and pads do not fit an input of rank ${shape.length}`);
  if (pads.some((n) => n < 0)) return err('negative pads are not supported');
  const auto = attributes.text('auto_pad', 'NOTSET');
  const before: number[] = [];
  const after: number[] = [];
  const spatial: number[] = [];
  const extra: number[] = [];
  for (let i = 0; i < dims; i++) {
    const size = shape[i + 2] ?? 1;
    const stride = strides[i] ?? 1;
    const reach = ((kernel[i] ?? 1) - 1) * (dilations[i] ?? 1) + 1;
    const [begin, end] = autoPads(auto, size, stride, reach) ?? [pads[i] ?? 0, pads[i + dims] ?? 0];
    const room = size + begin + end - reach;
    if (room < 0) return err(`its window of ${reach} is larger than the padded input of ${size + begin + end}`);
    let extent = Math.floor(room / stride) + 1;
    // A window that would start in the padding at the end does not count.
    if (attributes.number('ceil_mode', 0) === 1 && room % stride !== 0 && extent * stride < size + begin) extent++;
    const more = Math.max(0, (extent - 1) * stride + reach - (size + begin + end));
    before.push(begin);
    after.push(end + more);
    extra.push(more);
    spatial.push(extent);
  }
  return ok({ window: { kernel, strides, dilations, padding: { before: [0, ...before, 0], after: [0, ...after, 0] } }, spatial, extra });
}

function autoPads(auto: string, size: number, stride: number, reach: number): readonly [number, number] | undefined {
  if (auto === 'VALID') return [0, 0];
  if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER') return undefined;
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  const less = Math.floor(total / 2);
  return auto === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
}
