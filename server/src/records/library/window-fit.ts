/** Strides, dilations and pads with which a sliding window leads from one size to another. */
import type { Padding } from '../../dag/operators/pad.js';

interface AxisFit { readonly stride: number; readonly dilation: number; readonly before: number; readonly after: number }

/** For all spatial dimensions. */
export interface WindowFit {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const STRIDES = [1, 2, 3, 4, 5, 6, 7, 8, 14, 16, 32];
const DILATIONS = [1, 2, 3, 4, 6, 8, 12, 18, 24];
const MOST_COMBINATIONS = 16;

/** Usual ones first: without dilation, small stride, the same padding on both sides. */
function axisFits(input: number, output: number, kernel: number, dilations: readonly number[]): AxisFit[] {
  const fits: AxisFit[] = [];
  for (const dilation of kernel === 1 ? [1] : dilations) {
    const span = (kernel - 1) * dilation + 1;
    const atStride: AxisFit[] = [];
    for (const stride of output === 1 ? STRIDES.slice(0, 2) : STRIDES) {
      for (let unused = 0; unused < stride; unused++) {
        const padding = (output - 1) * stride + span - input + unused;
        if (padding < 0 || padding > Math.max(2 * (span - 1), 1)) continue;
        const half = Math.floor(padding / 2);
        for (const before of new Set([half, padding - half, 0, padding])) {
          if (before <= Math.max(span - 1, 1) && padding - before <= Math.max(span - 1, 1)) atStride.push({ stride, dilation, before, after: padding - before });
        }
      }
    }
    const oddness = (fit: AxisFit): number => fit.stride * 100 + Math.abs(fit.before - fit.after) * 10 + Math.abs(fit.before - Math.floor(span / 2));
    fits.push(...atStride.sort((a, b) => oddness(a) - oddness(b)));
  }
  return fits;
}

/** The fits of all dimensions together: one stride and dilation for all where that is possible. `guessed`: the input's size is not known for sure. */
export function* windowFits(inputs: readonly number[], outputs: readonly number[], kernel: readonly number[], guessed = false): Generator<WindowFit> {
  const lists = kernel.map((k, i) => axisFits(inputs[i] ?? 1, outputs[i] ?? 1, k, guessed ? DILATIONS.slice(0, 2) : DILATIONS));
  const alike = kernel.every((k, i) => k === kernel[0] && inputs[i] === inputs[0] && outputs[i] === outputs[0]);
  if (alike) {
    for (const fit of lists[0] ?? []) yield joined(kernel.map(() => fit));
    return;
  }
  const even: AxisFit[][] = [];
  const uneven: AxisFit[][] = [];
  const extend = (chosen: readonly AxisFit[]): void => {
    const list = lists[chosen.length];
    if (list === undefined) {
      const first = chosen[0];
      (chosen.every((fit) => fit.stride === first?.stride && fit.dilation === first.dilation) ? even : uneven).push([...chosen]);
      return;
    }
    for (const fit of list) if (even.length < MOST_COMBINATIONS && uneven.length < 4 * MOST_COMBINATIONS) extend([...chosen, fit]);
  };
  extend([]);
  for (const fits of even.length > 0 ? even : uneven.slice(0, MOST_COMBINATIONS)) yield joined(fits);
}

function joined(fits: readonly AxisFit[]): WindowFit {
  return { strides: fits.map((f) => f.stride), dilations: fits.map((f) => f.dilation), before: fits.map((f) => f.before), after: fits.map((f) => f.after) };
}

/** The padding of all `rank` dimensions, the spatial ones beginning at `first`. */
export function paddingOf(fit: Pick<WindowFit, 'before' | 'after'>, rank: number, first: number): Padding {
  const at = (list: readonly number[]): number[] => Array.from({ length: rank }, (_, i) => list[i - first] ?? 0);
  return { before: at(fit.before), after: at(fit.after) };
}

/** In words: what the newer keys leave open about a window. */
export function paddingWords({ before, after }: Pick<WindowFit, 'before' | 'after'>): string {
  return `padding ${before.join(' x ')} before and ${after.join(' x ')} after`;
}

/** Both sides of a dimension, for a kernel of `k`: same size, none, same size with the odd one behind, one behind, all taps. */
const PADS: readonly ((k: number) => number)[] = [(k) => 2 * Math.floor(k / 2), () => 0, (k) => k - 1, () => 1, (k) => 2 * (k - 1)];

/** Input sizes that a window may come from, all dimensions padded and stepped in the same way (spec key-resolution, 6.1). */
export function inputSizes(outputs: readonly number[], kernel: readonly number[]): number[][] {
  const found = new Map<string, number[]>();
  for (const stride of [1, 2]) {
    for (const pads of PADS) {
      for (let unused = 0; unused < stride; unused++) {
        const sizes = outputs.map((output, i) => (output - 1) * stride + (kernel[i] ?? 1) - pads(kernel[i] ?? 1) + unused);
        if (sizes.every((size) => size > 0) && !found.has(sizes.join())) found.set(sizes.join(), sizes);
      }
    }
  }
  return [...found.values()];
}
