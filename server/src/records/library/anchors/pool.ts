/** Pools in every layout (spec key-resolution, 3.5). */
import { compute, reduce } from '../../../dag/create.js';
import type { Op } from '../../../dag/op.js';
import { numberedAxes, scaled, windowIndex } from '../../../dag/operators/index-forms.js';
import { isPadded, nonZeroPadStage } from '../../../dag/operators/pad.js';
import { binary, cast, int, load, select, type Expr } from '../../../ir/expr.js';
import { printExpr } from '../../../ir/print.js';
import { inputOf, othersFit, type Anchor, type Era, type Problem, type Shape } from '../anchor.js';
import { paddingOf, paddingWords, windowFits, type WindowFit } from '../window-fit.js';

/** The lowest float32: what padding means to a maximum. */
const LOWEST = -3.4028234663852886e38;
const LARGEST_KERNEL = 14;

/** First spatial axis and number of spatial axes, by rank. */
const LAYOUTS: Readonly<Record<number, readonly (readonly [first: number, dims: number])[]>> = { 3: [[2, 1], [1, 1]], 4: [[1, 2], [2, 2]], 5: [[2, 2], [2, 3], [1, 3]] };

/** Where the spatial axes may be, given that nothing else changes. */
function layouts(x: Shape, out: Shape): { readonly first: number; readonly dims: number }[] {
  if (x.length !== out.length) return [];
  return (LAYOUTS[x.length] ?? []).flatMap(([first, dims]) => (x.every((extent, i) => (i >= first && i < first + dims) || extent === out[i]) ? [{ first, dims }] : []));
}

/** Names of reduction axes by time. */
function reduceNames(era: Era, dims: number): string[][] {
  const numbered = Array.from({ length: dims }, (_, i) => `rv${i}`);
  const worded = dims === 2 ? [['dh', 'dw']] : [];
  return era === 'old' ? [...worded, numbered.map(() => 'rv')] : [numbered, ...worded];
}

/** The likely kernels for these sizes: 3, 2, then the others. */
function* kernels(x: readonly number[], out: readonly number[], era: Era): Generator<readonly number[]> {
  for (const k of era === 'old' ? [3, 2] : [3, 2, ...Array.from({ length: LARGEST_KERNEL }, (_, i) => i + 1).filter((n) => n !== 2 && n !== 3)]) {
    if (x.every((extent, i) => k <= extent && (out[i] ?? 1) <= extent + k)) yield x.map(() => k);
  }
}

export function* windowPoolAnchors(problem: Problem): Generator<Anchor> {
  const { era, out } = problem;
  const [x] = problem.inputs;
  if (x === undefined || !othersFit(problem, 1)) return;
  for (const { first, dims } of layouts(x, out)) {
    const [from, to] = [x.slice(first, first + dims), out.slice(first, first + dims)];
    for (const kernel of kernels(from, to, era)) {
      for (const fit of windowFits(from, to, kernel, era === 'old')) {
        if (fit.dilations.some((d) => d !== 1) || fit.before.some((b, i) => b >= (kernel[i] ?? 1) || (fit.after[i] ?? 0) >= (kernel[i] ?? 1))) continue;
        for (const names of reduceNames(era, dims)) yield* windowPools(problem, x, first, kernel, fit, names);
      }
    }
  }
}

function* windowPools(problem: Problem, x: Shape, first: number, kernel: readonly number[], fit: WindowFit, names: readonly string[]): Generator<Anchor> {
  const { era, out, dtype } = problem;
  const axes = numberedAxes('ax', out.length);
  const padding = paddingOf(fit, x.length, first);
  const about = { inputs: 1, assumptions: [`kernel ${kernel.join(' x ')}`, paddingWords(fit)] };
  const words = `${kernel.join('x')}${fit.strides.some((s) => s !== 1) ? ` stride ${fit.strides.join('x')}` : ''}`;
  for (const kind of ['max', 'average'] as const) {
    for (const renamed of era === 'old' ? [false] : [true, false]) {
      const data = inputOf(problem, 0, x);
      const pad = isPadded(padding) ? nonZeroPadStage('pad_temp', 'ax', data.output, padding, kind === 'max' ? LOWEST : 0) : undefined;
      const source = pad?.output ?? data.output;
      const pooled = reduceWith(renamed ? (kind === 'max' ? 'pool_max' : 'pool_sum') : 'tensor', out, names, kernel, kind === 'max' ? 'max' : 'add', (at, r) =>
        load(source, at.map((axis, i) => (i < first || i >= first + kernel.length ? axis : windowIndex(axis, fit.strides[i - first] ?? 1, r[i - first] ?? int(0), 1)))));
      const ops: Op[] = [data, ...(pad === undefined ? [] : [pad]), pooled];
      if (kind === 'max') {
        yield { ...about, family: `max pool ${words}`, ops, output: pooled.output };
        continue;
      }
      for (const counted of isPadded(padding) ? [false, true] : [false]) {
        const average = compute(renamed ? 'pool_avg' : 'tensor', out, axes, (at) => {
          const taps = kernel.map((k, i): Expr => tapCount(at[first + i] ?? int(0), fit.strides[i] ?? 1, fit.before[i] ?? 0, k, x[first + i] ?? 1, counted ? fit.after[i] ?? 0 : undefined));
          const product = taps.reduce((a, b) => binary('mul', a, b));
          return binary('div', load(pooled.output, at), cast(dtype, counted ? product : binary('max', product, int(1))));
        });
        yield { ...about, family: `average pool ${words}`, ops: [...ops, average], output: average.output };
      }
    }
  }
}

/** `reduce` whose axes may share a name. */
function reduceWith(name: string, out: Shape, names: readonly string[], extents: readonly number[], combiner: 'max' | 'add', source: (at: readonly Expr[], r: readonly Expr[]) => Expr) {
  return reduce(name, out, numberedAxes('ax', out.length), names.map((n, i) => [n, extents[i] ?? 1] as const), combiner, source);
}

/** How many taps fall on data, or with `after` on data and padding. */
function tapCount(axis: Expr, stride: number, before: number, kernel: number, extent: number, after: number | undefined): Expr {
  const start = before === 0 ? scaled(axis, stride) : binary('sub', scaled(axis, stride), int(before));
  const lastTap = kernel === 1 ? start : binary('add', start, int(kernel - 1));
  const end = binary('min', lastTap, int(extent - 1 + (after ?? 0)));
  const begin = after === undefined ? binary('add', start, binary('max', binary('sub', int(0), start), int(0))) : start;
  return binary('add', binary('sub', end, begin), int(1));
}

/** Adaptive pools; the global ones are those to one element. */
export function* adaptivePoolAnchors(problem: Problem): Generator<Anchor> {
  const { era, out, dtype } = problem;
  const [x] = problem.inputs;
  if (x === undefined || !othersFit(problem, 1)) return;
  for (const { first, dims } of layouts(x, out)) {
    const inside = (i: number): boolean => i >= first && i < first + dims;
    const names = Array.from({ length: dims }, (_, i) => `rv${i}`);
    const range = (axis: Expr, i: number): { readonly start: Expr; readonly length: Expr } => adaptiveRange(axis, x[i] ?? 1, out[i] ?? 1);
    const extents = Array.from({ length: dims }, (_, i) => longestRange(x[first + i] ?? 1, out[first + i] ?? 1));
    for (const kind of ['average', 'max'] as const) {
      for (const renamed of era === 'old' ? [false] : [true, false]) {
        const data = inputOf(problem, 0, x);
        const pooled = reduceWith(renamed ? (kind === 'max' ? 'adaptive_pool_max' : 'adaptive_pool_sum') : 'tensor', out, names, extents, kind === 'max' ? 'max' : 'add', (at, r) =>
          load(data.output, at.map((axis, i) => (inside(i) ? binary('add', range(axis, i).start, r[i - first] ?? int(0)) : axis))));
        const lengths = (at: readonly Expr[]): Expr[] => at.flatMap((axis, i) => (inside(i) ? [range(axis, i).length] : []));
        const extentTexts = new Map([[pooled as Op, lengths(pooled.axes.map((axis) => axis.var)).map((e) => printExpr(e))]]);
        const isGlobal = out.slice(first, first + dims).every((extent) => extent === 1);
        const about = { inputs: 1, assumptions: [], extentTexts, family: `${isGlobal ? 'global' : 'adaptive'} ${kind} pool` };
        if (kind === 'max') {
          yield { ...about, ops: [data, pooled], output: pooled.output };
          continue;
        }
        const average = compute(renamed ? 'adaptive_pool_avg' : 'tensor', out, numberedAxes('ax', out.length), (at) =>
          binary('div', load(pooled.output, at), lengths(at).map((e): Expr => cast(dtype, e)).reduce((a, b) => binary('mul', a, b))));
        yield { ...about, ops: [data, pooled, average], output: average.output };
      }
    }
  }
}

/** Where the window of output index `axis` begins and how long it is, written as the library writes it, unsimplified. */
function adaptiveRange(axis: Expr, input: number, output: number): { readonly start: Expr; readonly length: Expr } {
  const start = output === 1 ? scaled(axis, input) : binary('floordiv', scaled(axis, input), int(output));
  const next = scaled(binary('add', axis, int(1)), input);
  const end = output === 1 ? next : binary('floordiv', next, int(output));
  const whole = output === 1 ? int(1, 'bool') : binary('eq', binary('floormod', next, int(output)), int(0));
  return { start, length: binary('sub', select(whole, end, binary('add', end, int(1))), start) };
}

function longestRange(input: number, output: number): number {
  const lengths = Array.from({ length: output }, (_, i) => Math.ceil(((i + 1) * input) / output) - Math.floor((i * input) / output));
  return Math.max(...lengths, 1);
}
