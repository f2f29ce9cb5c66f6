/** Shapes of operators that steps may have been made for, where the key does not say them (spec key-resolution, 6.1: old keys). */
import type { Family, Shape } from './anchor.js';
import { blockedAnchors } from './anchors/blocked.js';
import { convolutionAnchors, depthwiseAnchors } from './anchors/convolution.js';
import { batchMatmulAnchors, denseAnchors, vectorDenseAnchors } from './anchors/matmul.js';
import { reductionAnchors, softmaxAnchors, varianceAnchors } from './anchors/reduction.js';
import { transposedAnchors } from './anchors/transposed.js';
import { winogradAnchors } from './anchors/winograd.js';
import { POOLS, REDUCTIONS } from './families.js';
import type { StepFacts, TiledStage } from './step-facts.js';
import { inputSizes } from './window-fit.js';

/** Shapes of the anchor's inputs and output, and the families that may be meant. */
export interface Guess { readonly families: readonly Family[]; readonly inputs: readonly Shape[]; readonly out: Shape }

const GROUPS = [2, 4, 8, 16, 32, 64];
const LARGEST_BLOCK = 64;
/** Lengths of rows that no step may show. */
const LONGEST_ROW = 4096;
const MOST_ROWS = 1 << 14;
const SMALL_SOFTMAX = 1024;
/** Of images, usual ones first. */
const USUAL_SIDES = [56, 28, 14, 7, 112, 27, 13, 8, 4, 16, 32, 64];
const SIDES: readonly number[] = [...USUAL_SIDES, ...Array.from({ length: 256 }, (_, i) => i + 2).filter((n) => !USUAL_SIDES.includes(n))];

export function* guesses(facts: StepFacts, known: readonly Shape[]): Generator<Guess> {
  for (const tiled of facts.tiled) yield* tiledGuesses(tiled);
  if (facts.tiled.length > 0) return;
  // Shapes from elsewhere in the log: those first whose loops are as long as one that the steps name. The others must not use up what a search may cost.
  const near = known.flatMap((shape) => [...around(shape)]);
  const long = new Set(facts.extents);
  const fits = ({ inputs, out }: Guess): boolean => long.has(count(out)) || inputs.some((shape) => long.has(count(shape)));
  yield* near.filter(fits);
  yield* softmaxGuesses(facts);
  yield* rowGuesses(facts);
  yield* poolGuesses(facts);
  yield* near.filter((guess) => !fits(guess));
}

function count(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

const e = (list: readonly number[], i: number): number => list[i] ?? 1;

function* tiledGuesses({ spatial: s, reduce: r }: TiledStage): Generator<Guess> {
  switch (`${s.length},${r.length}`) {
    case '2,1':
      yield { families: [denseAnchors], inputs: [[e(s, 0), e(r, 0)], [e(s, 1), e(r, 0)]], out: s };
      yield { families: [denseAnchors], inputs: [[e(s, 0), e(r, 0)], [e(r, 0), e(s, 1)]], out: s };
      return;
    case '3,1': {
      const [b, i, j, k] = [e(s, 0), e(s, 1), e(s, 2), e(r, 0)];
      for (const batch of new Set([b, 1])) {
        yield { families: [batchMatmulAnchors], inputs: [[b, i, k], [batch, j, k]], out: s };
        yield { families: [batchMatmulAnchors], inputs: [[b, i, k], [batch, k, j]], out: s };
      }
      yield { families: [vectorDenseAnchors], inputs: [[b, k * j], [i, k * j]], out: [b, i] };
      return;
    }
    case '4,1': yield* winogradGuesses(s, e(r, 0)); return;
    case '4,2': yield* depthwiseGuesses(s, r); return;
    case '5,3': case '5,2': yield* blockedGuesses(s, r); return;
    case '3,2': case '4,3': case '5,4': yield* convolutionGuesses(s, r); return;
    default: return;
  }
}

function* convolutionGuesses(s: readonly number[], r: readonly number[]): Generator<Guess> {
  const dims = s.length - 2;
  const families = [convolutionAnchors];
  for (const groups of [1, ...GROUPS]) {
    const last = { kernel: r.slice(0, dims), channels: e(r, dims), out: s.slice(1, dims + 1), filters: e(s, dims + 1) };
    if (last.filters % groups === 0) {
      for (const size of inputSizes(last.out, last.kernel)) {
        yield { families, inputs: [[e(s, 0), ...size, last.channels * groups], [...last.kernel, last.channels, last.filters]], out: s };
      }
    }
    const first = { kernel: r.slice(1), channels: e(r, 0), out: s.slice(2), filters: e(s, 1) };
    if (first.filters % groups === 0) {
      for (const size of inputSizes(first.out, first.kernel)) {
        yield { families, inputs: [[e(s, 0), first.channels * groups, ...size], [first.filters, first.channels, ...first.kernel]], out: s };
      }
    }
  }
  if (dims !== 2) return;
  const kernel = r.slice(1);
  for (const stride of [2, 1, 3, 4]) {
    const size = s.slice(2).map((extent) => Math.ceil(extent / stride));
    yield { families: [transposedAnchors], inputs: [[e(s, 0), e(r, 0), ...size], [e(r, 0), e(s, 1), ...kernel]], out: s };
  }
}

function* depthwiseGuesses(s: readonly number[], r: readonly number[]): Generator<Guess> {
  for (const multiplier of [1, 2, 4]) {
    const families = [depthwiseAnchors];
    const [last, first] = [e(s, 3) / multiplier, e(s, 1) / multiplier];
    if (Number.isInteger(last)) for (const size of inputSizes(s.slice(1, 3), r)) yield { families, inputs: [[e(s, 0), ...size, last], [...r, last, multiplier]], out: s };
    if (Number.isInteger(first)) for (const size of inputSizes(s.slice(2), r)) yield { families, inputs: [[e(s, 0), first, ...size], [first, multiplier, ...r]], out: s };
  }
}

function* blockedGuesses(s: readonly number[], r: readonly number[]): Generator<Guess> {
  const [n, oc, ob] = [e(s, 0), e(s, 1), e(s, 4)];
  const kernel = r.slice(-2);
  const families = [blockedAnchors];
  for (const size of inputSizes(s.slice(2, 4), kernel)) {
    if (r.length === 2) {
      yield { families, inputs: [[n, oc, ...size, ob], [oc, 1, ...kernel, 1, ob]], out: s };
      continue;
    }
    const channels = e(r, 0);
    for (let ib = 1; ib <= Math.min(channels, LARGEST_BLOCK); ib++) {
      if (channels % ib === 0) yield { families, inputs: [[n, channels / ib, ...size, ib], [oc, channels / ib, ...kernel, ib, ob]], out: s };
    }
  }
}

function* winogradGuesses(s: readonly number[], ci: number): Generator<Guess> {
  const [alpha, alpha2, tiles, co] = [e(s, 0), e(s, 1), e(s, 2), e(s, 3)];
  const tile = alpha - 2;
  if (alpha !== alpha2 || tile < 2) return;
  for (const [n, nH, nW] of tileCounts(tiles)) {
    for (let h = nH * tile; h > (nH - 1) * tile; h--) {
      for (let w = nW * tile; w > (nW - 1) * tile; w--) {
        if (nH === nW && h !== w) continue;
        for (const pads of [0, 2]) yield { families: [winogradAnchors], inputs: [[n, h + pads, w + pads, ci], [alpha, alpha, co, ci]], out: [n, h, w, co] };
      }
    }
  }
}

/** Batches and numbers of tiles; square images first. */
function tileCounts(tiles: number): (readonly [n: number, nH: number, nW: number])[] {
  const found: (readonly [number, number, number])[] = [];
  for (let n = 1; n <= Math.min(tiles, 128); n++) {
    const side = Math.round(Math.sqrt(tiles / n));
    if (n * side * side === tiles) found.push([n, side, side]);
  }
  for (let nH = 1; nH <= tiles; nH++) if (tiles % nH === 0 && nH * nH !== tiles) found.push([1, nH, tiles / nH]);
  return found;
}

/** Operators without tiles whose input has a shape that is known from elsewhere in the log. */
function* around(shape: Shape): Generator<Guess> {
  yield { families: REDUCTIONS, inputs: [shape], out: shape };
  const kept = [...shape.slice(0, -1), 1];
  yield { families: [reductionAnchors, varianceAnchors], inputs: [shape, kept], out: kept };
  if (shape.length !== 4) return;
  const [n = 1, a = 1, b = 1, c = 1] = shape;
  yield { families: POOLS, inputs: [shape], out: [n, 1, 1, c] };
  yield { families: POOLS, inputs: [shape], out: [n, a, 1, 1] };
  for (const half of [Math.floor, Math.ceil]) {
    yield { families: POOLS, inputs: [shape], out: [n, half(a / 2), half(b / 2), c] };
    yield { families: POOLS, inputs: [shape], out: [n, a, half(b / 2), half(c / 2)] };
  }
}

function* softmaxGuesses({ extents }: StepFacts): Generator<Guess> {
  const families = [softmaxAnchors];
  for (const rows of [1, ...extents]) for (const columns of extents) yield { families, inputs: [[rows, columns]], out: [rows, columns] };
  for (const columns of extents) {
    for (const total of extents) {
      for (const heads of [12, 16, 8, 4]) if (total % heads === 0) yield { families, inputs: [[heads, total / heads, columns]], out: [heads, total / heads, columns] };
    }
  }
  for (const product of extents) for (const rows of divisors(product)) yield { families, inputs: [[rows, product / rows]], out: [rows, product / rows] };
  if (extents.length > 0) return;
  for (let product = 1; product <= SMALL_SOFTMAX; product++) {
    for (const rows of divisors(product)) yield { families, inputs: [[rows, product / rows]], out: [rows, product / rows] };
  }
}

/** Square images whose elements are a fused loop. */
function* poolGuesses({ extents }: StepFacts): Generator<Guess> {
  for (const elements of extents) {
    for (const side of SIDES) {
      if (elements % (side * side) !== 0) continue;
      const channels = elements / (side * side);
      for (const kernel of [3, 2]) {
        for (const [size = 1] of inputSizes([side], [kernel])) {
          yield { families: POOLS, inputs: [[1, size, size, channels]], out: [1, side, side, channels] };
          yield { families: POOLS, inputs: [[1, channels, size, size]], out: [1, channels, side, side] };
        }
      }
    }
    for (const side of [7, 8, 14, 6, 4, 5, 13, 12, 10, 16, 28, 32]) {
      yield { families: POOLS, inputs: [[1, side, side, elements]], out: [1, 1, 1, elements] };
      yield { families: POOLS, inputs: [[1, elements, side, side]], out: [1, elements, 1, 1] };
    }
  }
}

/** Means and variances of rows: their number is a loop, their length may be no loop of any step. */
function* rowGuesses({ extents }: StepFacts): Generator<Guess> {
  const lengths = [...extents, ...Array.from({ length: LONGEST_ROW / 64 }, (_, i) => 64 * (i + 1))];
  for (const rows of extents.filter((extent) => extent <= MOST_ROWS)) {
    for (const length of lengths) {
      for (const [x, kept] of [[[rows, 1, length], [rows, 1, 1]], [[1, rows, length], [1, rows, 1]], [[rows, length], [rows, 1]]] as const) {
        yield { families: [reductionAnchors, varianceAnchors], inputs: [x, kept], out: kept };
      }
    }
  }
}

function divisors(n: number): number[] {
  const found: number[] = [];
  for (let d = 1; d <= n; d++) if (n % d === 0) found.push(d);
  return found;
}
