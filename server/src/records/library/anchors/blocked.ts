/** Convolutions of data whose channels are in blocks, as made for x86 (spec key-resolution, 3.1: NCHWc). */
import { reduce } from '../../../dag/create.js';
import type { Op } from '../../../dag/op.js';
import { divided, remainder, scaled, windowIndex } from '../../../dag/operators/index-forms.js';
import { isPadded, padStage } from '../../../dag/operators/pad.js';
import type { Buffer } from '../../../ir/buffer.js';
import { binary, int, load, type Expr } from '../../../ir/expr.js';
import { inputOf, type Anchor, type Problem } from '../anchor.js';
import { paddingOf, paddingWords, windowFits, type WindowFit } from '../window-fit.js';
import { windowWords } from './convolution.js';

/** The spatial axes of [N, C / block, H, W, block]. */
const FIRST = 2;

/** data [N, C / ib, H, W, ib], weights [O / ob, C / ib, KH, KW, ib, ob] -> [N, O / ob, OH, OW, ob]. */
export function blockedStage(data: Buffer, weights: Buffer, out: readonly number[], kernel: readonly number[], fit: Pick<WindowFit, 'strides' | 'dilations'>) {
  const [, chunks = 1, , , block = 1] = data.shape;
  const over = { ic: chunks * block, kh: kernel[0] ?? 1, kw: kernel[1] ?? 1 };
  return reduce('conv2d_NCHWc', out, ['n', 'oc_chunk', 'oh', 'ow', 'oc_block'], over, 'add', (at, r) => {
    const [n, oc, oh, ow, ob] = five(at);
    const [ic, kh, kw] = five(r);
    const chunk = divided(ic, block);
    const inner = remainder(ic, block);
    const y = windowIndex(oh, fit.strides[0] ?? 1, kh, fit.dilations[0] ?? 1);
    const x = windowIndex(ow, fit.strides[1] ?? 1, kw, fit.dilations[1] ?? 1);
    return binary('mul', load(data, [n, chunk, y, x, inner]), load(weights, [oc, chunk, kh, kw, inner, ob]));
  });
}

function five(list: readonly Expr[]): readonly [Expr, Expr, Expr, Expr, Expr] {
  const at = (i: number): Expr => list[i] ?? int(0);
  return [at(0), at(1), at(2), at(3), at(4)];
}

/** `out` may have lost its blocks to a layout change at the end of the tails: then only its spatial extents count. */
function blockedOut(w: readonly number[], out: readonly number[]): number[] | undefined {
  const [outer, ob] = [w[0] ?? 1, w[5] ?? 1];
  if (out.length === 5) return out[1] === outer && out[4] === ob ? [...out] : undefined;
  return out.length === 4 && out[1] === outer * ob ? [out[0] ?? 1, outer, out[2] ?? 1, out[3] ?? 1, ob] : undefined;
}

export function* blockedAnchors(problem: Problem): Generator<Anchor> {
  const [x, w] = problem.inputs;
  if (x?.length !== 5 || w?.length !== 6) return;
  const out = blockedOut(w, problem.out);
  const depthwise = w[1] === 1 && w[4] === 1 && (w[0] ?? 1) * (w[5] ?? 1) === (x[1] ?? 1) * (x[4] ?? 1);
  const plain = w[1] === x[1] && w[4] === x[4];
  if (out === undefined || x[0] !== out[0] || (!plain && !depthwise)) return;
  const kernel = w.slice(FIRST, 4);
  for (const fit of windowFits(x.slice(FIRST, 4), out.slice(FIRST, 4), kernel, problem.era === 'old')) {
    for (const kind of [...(plain ? ['plain' as const] : []), ...(depthwise ? ['depthwise' as const] : [])]) {
      const data = inputOf(problem, 0, x);
      const weights = inputOf(problem, 1, w, true);
      const padding = paddingOf(fit, 5, FIRST);
      const pad = isPadded(padding) ? padStage(kind === 'plain' ? 'data_pad' : 'PaddedInput', 'i', data.output, padding, 0) : undefined;
      const source = pad?.output ?? data.output;
      const conv = kind === 'plain' ? blockedStage(source, weights.output, out, kernel, fit) : blockedDepthwise(source, weights.output, out, kernel, fit);
      const ops: Op[] = [data, ...(pad === undefined ? [] : [pad]), weights, conv];
      yield {
        family: `${kind === 'plain' ? '' : 'depthwise '}conv2d NCHW${x[4] ?? 1}c ${windowWords(kernel, fit)}`,
        ops, output: conv.output, inputs: 2, channelAxes: [1, 4], assumptions: [paddingWords(fit)],
      };
    }
  }
}

function blockedDepthwise(data: Buffer, weights: Buffer, out: readonly number[], kernel: readonly number[], fit: WindowFit) {
  const block = data.shape[4] ?? 1;
  const outBlock = out[4] ?? 1;
  return reduce('DepthwiseConv2d', out, ['b', 'oco', 'oh', 'ow', 'oci'], { kh: kernel[0] ?? 1, kw: kernel[1] ?? 1 }, 'add', (at, r) => {
    const [b, oco, oh, ow, oci] = five(at);
    const [kh, kw] = five(r);
    const channel = binary('add', scaled(oco, outBlock), oci);
    const y = windowIndex(oh, fit.strides[0] ?? 1, kh, fit.dilations[0] ?? 1);
    const x = windowIndex(ow, fit.strides[1] ?? 1, kw, fit.dilations[1] ?? 1);
    return binary('mul', load(data, [b, divided(channel, block), y, x, remainder(channel, block)]), load(weights, [oco, int(0), kh, kw, int(0), oci]));
  });
}
