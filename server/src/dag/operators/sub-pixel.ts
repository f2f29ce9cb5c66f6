/**
 * Transposed convolution without the zeros (sub-pixel convolution, Shi et al. 2016, appendix): an output position is `y * stride + phase`, and of the taps each phase meets only every
 * stride-th one. Phases are axes of their own, so that a program can keep one phase's weights in registers; in memory (y, phase) is the position.
 */
import { reduce } from '../create.js';
import type { ComputeOp } from '../op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, int, load, type Expr } from '../../ir/expr.js';
import { divided } from './index-forms.js';
import { padStage } from './pad.js';

/** One spatial dimension. */
export interface SubPixelDimension {
  readonly stride: number;
  /** Extent of the kernel. */
  readonly kernel: number;
  /** Zeros in front of the data with zeros between its elements: the kernel's extent less one and less the operator's pads. */
  readonly before: number;
  /** Extent of the output, a multiple of the stride. */
  readonly output: number;
}

/** Taps that a phase meets; where the stride does not divide the kernel, some of them are zero. */
export function tapsOfPhase({ kernel, stride }: SubPixelDimension): number {
  return Math.ceil(kernel / stride);
}

/** The turned kernel's tap that is tap 0 of `phase`. */
export function firstTap({ before, stride }: SubPixelDimension, phase: number): number {
  return (((before - phase) % stride) + stride) % stride;
}

/** Extents of the output: [N, (positions, phases) for each dimension, F]; a stride of 1 has no phases. */
export function subPixelShape(batch: number, dimensions: readonly SubPixelDimension[], filters: number): number[] {
  return [batch, ...dimensions.flatMap(({ output, stride }) => (stride === 1 ? [output] : [output / stride, stride])), filters];
}

/** Extents of the weights: [phases of each dimension with a stride..., taps..., C, F]. */
export function subPixelWeightShape(dimensions: readonly SubPixelDimension[], channels: number, filters: number): number[] {
  return [...dimensions.flatMap(({ stride }) => (stride === 1 ? [] : [stride])), ...dimensions.map(tapsOfPhase), channels, filters];
}

/** Data [N, spatial..., C] and weights as above. */
export function subPixelConvolution(data: Buffer, weights: Buffer, dimensions: readonly SubPixelDimension[]): ComputeOp[] {
  const dims = dimensions.length;
  const ranges = dimensions.map((d, i) => rangeOf(d, data.shape[i + 1] ?? 1));
  const pad = padStage('pad_temp', 'i', data, { before: [0, ...ranges.map((r) => r.before), 0], after: [0, ...ranges.map((r) => r.after), 0] }, 0);
  const [channels = 1, filters = 1] = weights.shape.slice(-2);
  const letters = ['y', 'x', 'z'];
  const axes = dimensions.flatMap(({ stride }, i) => (stride === 1 ? [`${letters[i]}${letters[i]}`] : [`${letters[i]}${letters[i]}`, `p${letters[i]}`]));
  const taps = dimensions.map((d, i) => [`r${letters[i]}`, tapsOfPhase(d)] as const);
  const conv = reduce(
    `conv${dims}d_transpose`, subPixelShape(data.shape[0] ?? 1, dimensions, filters), ['nn', ...axes, 'ff'], Object.fromEntries([...taps, ['rc', channels]]), 'add',
    (at, r) => {
      const [n = int(0)] = at;
      const phases: Expr[] = [];
      const element: Expr[] = [];
      let next = 1;
      dimensions.forEach(({ stride }, i) => {
        const position = at[next++] ?? int(0);
        const phase = stride === 1 ? undefined : at[next++];
        if (phase !== undefined) phases.push(phase);
        const shifted = plus(position, phase === undefined ? undefined : ranges[i]?.shift(phase));
        element.push(plus(binary('add', shifted, r[i] ?? int(0)), ranges[i]?.from === 0 ? undefined : int(ranges[i]?.from ?? 0)));
      });
      const rc = r[dims] ?? int(0);
      return binary('mul', load(pad.output, [n, ...element, rc]), load(weights, [...phases, ...r.slice(0, dims), rc, at[next] ?? int(0)]));
    });
  return [pad, conv];
}

interface Range {
  /** Zeros around the data. */
  readonly before: number;
  readonly after: number;
  /** Index in the padded data of position 0, tap 0, shift 0. */
  readonly from: number;
  /** What a phase adds to the index; undefined: nothing. */
  readonly shift: (phase: Expr) => Expr | undefined;
}

/** Position y, phase p and tap u read the data at `y + u + floor((p + stride - 1 - before) / stride)`. */
function rangeOf(d: SubPixelDimension, extent: number): Range {
  const { stride, output, before: zeros } = d;
  const inner = (((stride - 1 - zeros) % stride) + stride) % stride;
  const base = (stride - 1 - zeros - inner) / stride;
  const shifts = Array.from({ length: stride }, (_, p) => Math.floor((p + inner) / stride));
  const least = base;
  const most = base + (shifts[stride - 1] ?? 0) + output / stride - 1 + tapsOfPhase(d) - 1;
  const before = Math.max(0, -least);
  return {
    before, after: Math.max(0, most - (extent - 1)), from: before + base,
    shift: (phase) => {
      if (shifts.every((s) => s === 0)) return undefined;
      if (shifts.every((s, p) => s === p)) return phase;
      return divided(plus(phase, inner === 0 ? undefined : int(inner)), stride);
    },
  };
}

function plus(a: Expr, b: Expr | undefined): Expr {
  return b === undefined ? a : binary('add', a, b);
}
