/** Transposed convolutions of NCHW data, as made for x86 and for GPUs (spec key-resolution, 3.2). */
import { compute, reduce } from '../../../dag/create.js';
import type { ComputeOp } from '../../../dag/op.js';
import { divided, remainder, scaled } from '../../../dag/operators/index-forms.js';
import { padStage } from '../../../dag/operators/pad.js';
import type { Buffer } from '../../../ir/buffer.js';
import { binary, float, ifThenElse, int, load, type Expr } from '../../../ir/expr.js';
import { inputOf, type Anchor, type Problem } from '../anchor.js';
import { blockedStage } from './blocked.js';

/** Of one spatial dimension: how far data is spread and what surrounds it. */
interface Spread { readonly stride: number; readonly before: number; readonly after: number }

const LARGEST_BLOCK = 64;

/** The rest that output padding adds is counted as padding after. */
function spreads(input: number, output: number, kernel: number): Spread[] {
  return [1, 2, 3, 4, 8].flatMap((stride) => {
    const padding = output - 1 + kernel - ((input - 1) * stride + 1);
    if (padding < 0 || padding > 2 * (kernel - 1) + stride - 1) return [];
    const half = Math.floor(padding / 2);
    return [...new Set([half, padding - half])].filter((before) => before < kernel).map((before) => ({ stride, before, after: padding - before }));
  });
}

export function* transposedAnchors(problem: Problem): Generator<Anchor> {
  const { out } = problem;
  const [x, w] = problem.inputs;
  if (x?.length !== 4 || w?.length !== 4 || out.length !== 4 || x[0] !== out[0] || x[1] !== w[0] || out[1] !== w[1]) return;
  for (const row of spreads(x[2] ?? 1, out[2] ?? 1, w[2] ?? 1)) {
    for (const column of spreads(x[3] ?? 1, out[3] ?? 1, w[3] ?? 1)) {
      if (row.stride !== column.stride) continue;
      const about = {
        family: `conv2d_transpose NCHW ${w[2] ?? 1}x${w[3] ?? 1}`, inputs: 2, channelAxes: [1],
        assumptions: [`stride ${row.stride}`, `padding of the spread data ${row.before} x ${column.before} before and ${row.after} x ${column.after} after`],
      };
      const data = inputOf(problem, 0, x);
      const weights = inputOf(problem, 1, w, true);
      const pad = spreadAndPad(data.output, row, column);
      const product = gpuProduct(pad.output, weights.output, out);
      yield { ...about, ops: [data, pad, weights, product], output: product.output };
      const dilated = dilateNchw(data.output, row.stride);
      const padded = padStage('data_pad', 'i', dilated.output, { before: [0, 0, row.before, column.before], after: [0, 0, row.after, column.after] }, 0);
      for (const ib of blocks(x[1] ?? 1)) {
        for (const ob of blocks(w[1] ?? 1)) {
          const packed = packData(padded.output, ib);
          const flipped = flipWeights(weights.output);
          const kernels = packWeights(flipped.output, ib, ob);
          const [n = 1, c = 1, oh = 1, ow = 1] = out;
          const conv = blockedStage(packed.output, kernels.output, [n, c / ob, oh, ow, ob], w.slice(2), { strides: [1, 1], dilations: [1, 1] });
          const unpacked = compute('output_unpack', out, ['n', 'c', 'h', 'w'], ([b, ch, y, z]) =>
            load(conv.output, [b ?? int(0), divided(ch ?? int(0), ob), y ?? int(0), z ?? int(0), remainder(ch ?? int(0), ob)]));
          yield { ...about, ops: [data, dilated, padded, packed, weights, flipped, kernels, conv, unpacked], output: unpacked.output };
        }
      }
    }
  }
}

/** Divisors up to the vector width, the usual ones first. */
function blocks(channels: number): number[] {
  const all = Array.from({ length: LARGEST_BLOCK }, (_, i) => LARGEST_BLOCK - i).filter((n) => channels % n === 0);
  const usual = [16, 8, 32, 4];
  return [...usual.filter((n) => all.includes(n)), ...all.filter((n) => !usual.includes(n))];
}

function dilateNchw(data: Buffer, stride: number): ComputeOp {
  const [n = 1, c = 1, h = 1, w = 1] = data.shape;
  return compute('data_dilate', [n, c, (h - 1) * stride + 1, (w - 1) * stride + 1], ['i0', 'i1', 'i2', 'i3'], ([a, b, y, x]) => {
    const [i, j, k, l] = [a ?? int(0), b ?? int(0), y ?? int(0), x ?? int(0)];
    if (stride === 1) return load(data, [i, j, k, l]);
    return ifThenElse(binary('and', onGrid(k, stride), onGrid(l, stride)), load(data, [i, j, divided(k, stride), divided(l, stride)]), float(0, data.dtype));
  });
}

function onGrid(e: Expr, stride: number): Expr {
  return binary('eq', remainder(e, stride), int(0));
}

function packData(data: Buffer, ib: number): ComputeOp {
  const [n = 1, c = 1, h = 1, w = 1] = data.shape;
  return compute('data_vec', [n, c / ib, h, w, ib], ['bs', 'c', 'h', 'w', 'vc'], (at) => {
    const [b, ch, y, x, vc] = [at[0] ?? int(0), at[1] ?? int(0), at[2] ?? int(0), at[3] ?? int(0), at[4] ?? int(0)];
    return load(data, [b, binary('add', scaled(ch, ib), vc), y, x]);
  });
}

/** [I, O, KH, KW] -> [O, I, KH, KW], the kernel turned round. */
function flipWeights(weights: Buffer): ComputeOp {
  const [i = 1, o = 1, kh = 1, kw = 1] = weights.shape;
  return compute('kernel_transform', [o, i, kh, kw], ['o', 'i', 'h', 'w'], (at) =>
    load(weights, [at[1] ?? int(0), at[0] ?? int(0), turned(kh, at[2] ?? int(0)), turned(kw, at[3] ?? int(0))]));
}

function turned(extent: number, e: Expr): Expr {
  return binary('sub', int(extent - 1), e);
}

function packWeights(weights: Buffer, ib: number, ob: number): ComputeOp {
  const [o = 1, i = 1, kh = 1, kw = 1] = weights.shape;
  return compute('kernel_vec', [o / ob, i / ib, kh, kw, ib, ob], ['occ', 'icc', 'k_h', 'k_w', 'icb', 'ocb'], (at) => {
    const e = (k: number): Expr => at[k] ?? int(0);
    return load(weights, [binary('add', scaled(e(0), ob), e(5)), binary('add', scaled(e(1), ib), e(4)), e(2), e(3)]);
  });
}

/** Spreading and padding in one stage. */
function spreadAndPad(data: Buffer, row: Spread, column: Spread): ComputeOp {
  const [n = 1, c = 1, h = 1, w = 1] = data.shape;
  const size = (extent: number, { stride, before, after }: Spread): number => (extent - 1) * stride + 1 + before + after;
  return compute('data_pad', [n, c, size(h, row), size(w, column)], ['n', 'c', 'y', 'x'], (at) => {
    const [b, ch, y, x] = [at[0] ?? int(0), at[1] ?? int(0), at[2] ?? int(0), at[3] ?? int(0)];
    const conditions: Expr[] = [];
    const index = ([[x, column, w], [y, row, h]] as const).map(([e, { stride, before }, extent]) => {
      const moved = before === 0 ? e : binary('sub', e, int(before));
      conditions.push(binary('ge', e, int(before)), binary('lt', e, int((extent - 1) * stride + 1 + before)));
      if (stride > 1) conditions.push(onGrid(moved, stride));
      return divided(moved, stride);
    });
    const inside = conditions.reduce((all, one) => binary('and', all, one));
    return ifThenElse(inside, load(data, [b, ch, index[1] ?? int(0), index[0] ?? int(0)]), float(0, data.dtype));
  });
}

function gpuProduct(padded: Buffer, weights: Buffer, out: readonly number[]): ComputeOp {
  const [i = 1, o = 1, kh = 1, kw = 1] = weights.shape;
  return reduce('compute', out, ['b', 'c', 'h', 'w'], { dc: i, dh: kh, dw: kw }, 'add', (at, r) => {
    const [b, c, h, w] = [at[0] ?? int(0), at[1] ?? int(0), at[2] ?? int(0), at[3] ?? int(0)];
    const [dc, dh, dw] = [r[0] ?? int(0), r[1] ?? int(0), r[2] ?? int(0)];
    const channel = binary('add', scaled(divided(c, o), i), dc);
    return binary('mul', load(padded, [b, channel, binary('add', h, dh), binary('add', w, dw)]), load(weights, [channel, remainder(c, o), turned(kh, dh), turned(kw, dw)]));
  });
}
