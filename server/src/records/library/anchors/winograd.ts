/** Winograd convolutions of NHWC data with weights that are transformed already (spec key-resolution, 3.3). */
import { compute, reduce } from '../../../dag/create.js';
import type { ComputeOp } from '../../../dag/op.js';
import { divided, remainder, scaled } from '../../../dag/operators/index-forms.js';
import { padStage } from '../../../dag/operators/pad.js';
import type { Buffer } from '../../../ir/buffer.js';
import { binary, int, load, type Expr } from '../../../ir/expr.js';
import { inputOf, type Anchor, type Problem } from '../anchor.js';
import { matrixStage, winogradMatrices } from './winograd-matrices.js';

const KERNEL = 3;

/** data [N, H, W, CI], weights [a, a, CO, CI] with a = tile + 2 -> [N, OH, OW, CO]. */
export function* winogradAnchors(problem: Problem): Generator<Anchor> {
  const { out } = problem;
  const [x, w] = problem.inputs;
  if (x?.length !== 4 || w?.length !== 4 || out.length !== 4) return;
  const [n = 1, height = 1, width = 1, ci = 1] = x;
  const [alpha = 1, alpha2, co, ci2] = w;
  const tile = alpha - KERNEL + 1;
  const matrices = winogradMatrices(tile);
  const [n2, oh = 1, ow = 1, co2] = out;
  if (matrices === undefined || alpha !== alpha2 || ci !== ci2 || co === undefined || co !== co2 || n !== n2) return;
  const [padsH, padsW] = [oh + KERNEL - 1 - height, ow + KERNEL - 1 - width];
  if (padsH < 0 || padsW < 0 || padsH > 2 * KERNEL || padsW > 2 * KERNEL) return;
  const [nH, nW] = [Math.ceil(oh / tile), Math.ceil(ow / tile)];
  const [top, left] = [Math.floor(padsH / 2), Math.floor(padsW / 2)];
  const data = inputOf(problem, 0, x);
  const weights = inputOf(problem, 1, w, true);
  const after = [(nH - 1) * tile + alpha - height - top, (nW - 1) * tile + alpha - width - left];
  const pad = padStage('data_pad', 'i', data.output, { before: [0, top, left, 0], after: [0, after[0] ?? 0, after[1] ?? 0, 0] }, 0);
  const tiles = inputTiles(pad.output, n, nH, nW, tile, alpha);
  const b = matrixStage('B', matrices.data, problem.dtype);
  const a = matrixStage('A', matrices.inverse, problem.dtype);
  const pack = transform('data_pack', ['eps', 'nu', 'p', 'ci'], tiles.output, b.output, alpha);
  const product = reduce('bgemm', [alpha, alpha, n * nH * nW, co], ['eps', 'nu', 'p', 'co'], { ci }, 'add', (at, [k = int(0)]) => {
    const [eps, nu, p, c] = four(at);
    return binary('mul', load(pack.output, [eps, nu, p, k]), load(weights.output, [eps, nu, c, k]));
  });
  const inverse = transform('inverse', ['vh', 'vw', 'p', 'co'], product.output, a.output, tile);
  const conv = compute('conv2d_winograd', out, ['n', 'h', 'w', 'co'], (at) => {
    const [i, h, v, c] = four(at);
    const start = binary('add', scaled(scaled(i, nH), nW), scaled(divided(h, tile), nW));
    return load(inverse.output, [remainder(h, tile), remainder(v, tile), binary('add', start, divided(v, tile)), c]);
  });
  yield {
    family: `winograd conv2d NHWC 3x3, tiles of ${tile}`, ops: [data, pad, tiles, b, pack, weights, product, a, inverse, conv], output: conv.output, inputs: 2, channelAxes: [3],
    assumptions: [`padding ${top} x ${left} before and ${padsH - top} x ${padsW - left} after`],
  };
}

/** The transform of weights [3, 3, CI, CO] -> [a, a, CO, CI], a task of its own where they are no constants (3.6). */
export function* weightTransformAnchors(problem: Problem): Generator<Anchor> {
  const { out } = problem;
  const [w, more] = problem.inputs;
  const [kh, kw, ci, co] = w ?? [];
  const [alpha = 1, alpha2, co2, ci2] = out;
  const matrices = winogradMatrices(alpha - KERNEL + 1);
  if (w?.length !== 4 || out.length !== 4 || more !== undefined || kh !== KERNEL || kw !== KERNEL || alpha !== alpha2 || ci !== ci2 || co !== co2 || matrices === undefined) return;
  const weights = inputOf(problem, 0, w);
  const g = matrixStage('G', matrices.weights, problem.dtype);
  const stage = reduce('transform_weight', out, ['eps', 'nu', 'co', 'ci'], { r_kh: KERNEL, r_kw: KERNEL }, 'add', (at, [y = int(0), x = int(0)]) => {
    const [eps, nu, o, i] = four(at);
    return binary('mul', binary('mul', load(weights.output, [y, x, i, o]), load(g.output, [eps, y])), load(g.output, [nu, x]));
  });
  yield { family: 'winograd weights', ops: [weights, g, stage], output: stage.output, inputs: 1, assumptions: [] };
}

function four(at: readonly Expr[]): readonly [Expr, Expr, Expr, Expr] {
  return [at[0] ?? int(0), at[1] ?? int(0), at[2] ?? int(0), at[3] ?? int(0)];
}

function inputTiles(padded: Buffer, n: number, nH: number, nW: number, tile: number, alpha: number): ComputeOp {
  return compute('input_tile', [alpha, alpha, n * nH * nW, padded.shape[3] ?? 1], ['eps', 'nu', 'p', 'ci'], (at) => {
    const [eps, nu, p, ci] = four(at);
    const y = nH === 1 ? eps : binary('add', scaled(remainder(divided(p, nW), nH), tile), eps);
    const x = nW === 1 ? nu : binary('add', scaled(remainder(p, nW), tile), nu);
    return load(padded, [divided(p, nH * nW), y, x, ci]);
  });
}

/** Both sides multiplied by a constant matrix: T[i, j, p, c] += S[r_a, r_b, p, c] * M[r_a, i] * M[r_b, j]. */
function transform(name: string, axes: readonly string[], source: Buffer, matrix: Buffer, extent: number): ComputeOp {
  const alpha = matrix.shape[0] ?? 1;
  const [, , p = 1, c = 1] = source.shape;
  const attrs = { simplifyConstTensorIndices: [axes[0] ?? '', axes[1] ?? '', 'r_a', 'r_b'] };
  return reduce(name, [extent, extent, p, c], axes, { r_a: alpha, r_b: alpha }, 'add', (at, [ra = int(0), rb = int(0)]) => {
    const [i, j, q, ch] = four(at);
    return binary('mul', binary('mul', load(source, [ra, rb, q, ch]), load(matrix, [ra, i])), load(matrix, [rb, j]));
  }, attrs);
}
