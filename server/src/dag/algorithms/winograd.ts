/**
 * Winograd convolution (Lavin and Gray 2016) as stages: each tile of data and of products is transformed along one dimension and then along the other,
 * by straight-line sums over constants; between them stand (tile + taps - 1)^2 matrix products. The original's form multiplies by both constant matrices
 * in one stage, which takes (tile + taps - 1)^2 times as many steps. One window is tiled the same way, in one dimension. A dilated window meets every
 * `dilation`-th element only: each residue is an image of its own (a place), whose window is dense.
 */
import type { Buffer } from '../../ir/buffer.js';
import { binary, int, load, type Expr } from '../../ir/expr.js';
import { mentions, rewriteExpr } from '../../ir/walk.js';
import type { ComputeDag } from '../compute-dag.js';
import { compute, createDag, placeholder, reduce } from '../create.js';
import type { Axis, ComputeOp } from '../op.js';
import { combination } from './combination.js';
import { directConvolution, type DirectConvolution } from './direct-convolution.js';
import { paddedData } from './padded-data.js';
import { Places } from './places.js';
import type { Sibling } from './sibling.js';
import { FORMS, type WinogradTransforms } from './winograd-matrices.js';
import { transformedWeights } from './winograd-weights.js';

/** The winograd forms of an operator with one convolution; none where it has no such form. */
export function winogradSiblings(dag: ComputeDag): readonly Sibling[] {
  const conv = directConvolution(dag, [...FORMS.keys()]);
  return conv === undefined ? [] : (FORMS.get(conv.windows[0]?.tap.extent ?? 0) ?? []).map((form) => winogradSibling(dag, conv, form));
}

/** Names of the indices into a tile, before and after its transform. */
const PRODUCTS = ['eps', 'nu'];
const OUTPUTS = ['vh', 'vw'];

function winogradSibling(dag: ComputeDag, conv: DirectConvolution, form: WinogradTransforms): Sibling {
  const { op, data, weights, windows } = conv;
  const places = new Places(conv, form.tile);
  const padded = paddedData(dag, data.buffer, new Map(windows.map((w) => [w.dimension, places.rows(w, form.alpha)])));
  const tiles = dataStages(conv, form, places, padded.output);

  // Axes that the data knows stand before the places, all others after them.
  const others = op.axes.filter((axis) => !places.has(axis));
  const before = others.filter((axis) => axis !== op.axes.at(-1) && data.indices.some((index) => mentions(index, axis.var)));
  const axes: ProductAxes = { before, after: others.filter((axis) => !before.includes(axis)) };
  const terms = op.reduceAxes.filter((axis) => !windows.some(({ tap }) => tap === axis));
  const kernels = windows.map(({ kernel }) => kernel);
  const kept = weights.indices.flatMap((index, i) => (kernels.includes(i) ? [] : [{ index, extent: weights.buffer.shape[i] ?? 1 }]));
  const constant = placeholder(`${weights.buffer.name}_${suffixOf(form)}`, [...kernels.map(() => form.alpha), ...kept.map(({ extent }) => extent)], 'float32', { constant: true });
  const product = reduce(
    'winograd_product', [...windows.map(() => form.alpha), ...extents(axes.before), places.count, ...extents(axes.after)], [...PRODUCTS.slice(0, windows.length), ...names(axes.before), 'p', ...names(axes.after)],
    terms.map((axis) => [axis.var.name, axis.extent] as const), 'add', (at, r) => {
      const inTile = at.slice(0, windows.length);
      const [p = int(0), ...last] = at.slice(windows.length + axes.before.length);
      const now = new Map<Expr, Expr>([...pairs(axes.before, at.slice(windows.length)), ...pairs(axes.after, last), ...pairs(terms, r)]);
      const moved = (index: Expr): Expr => rewriteExpr(index, (e) => now.get(e) ?? e);
      const elements = keptDimensions(conv, places).map((i) => moved(data.indices[i] ?? int(0)));
      return binary('mul', load(tiles.output, [p, ...elements.slice(0, -1), ...inTile, ...elements.slice(-1)]), load(constant.output, [...inTile, ...kept.map(({ index }) => moved(index))]));
    });
  const back = outputStages(conv, form, places, axes, product.output);
  const last = back.at(-1) ?? product;
  // Writes the convolution's own tensor, so that what follows it stays as it is.
  const vars = (some: readonly Axis[]): Expr[] => some.map((axis) => axis.var);
  const final: ComputeOp = Object.freeze({
    ...op, reduceAxes: Object.freeze([]), attrs: {},
    body: Object.freeze({ kind: 'expr', value: load(last.output, [places.ofOutput(), ...vars(axes.before), ...windows.map((w) => places.offset(w)), ...vars(axes.after)]) }),
  });
  return {
    algorithm: `winograd F(${form.tile}, ${form.kernel})`, suffix: suffixOf(form), replaced: weights.buffer, constant: constant.output,
    dag: createDag([...dag.ops.filter((other) => other !== op), ...(dag.ops.includes(padded) ? [] : [padded]), ...tiles.stages, constant, product, ...back, final], dag.outputs),
    transform: (elements) => transformedWeights(elements, weights.buffer.shape, kernels, form.weights),
  };
}

function suffixOf({ tile, kernel }: WinogradTransforms): string {
  return kernel === 3 ? `winograd${tile}` : `winograd${tile}_${kernel}`;
}

/** Dimensions of the data that are neither places nor tiled; the innermost is one of them. */
function keptDimensions({ data }: DirectConvolution, places: Places): number[] {
  return data.indices.flatMap((_, i) => (places.reads(i) ? [] : [i]));
}

/** The tiles' transforms: [p, what the data keeps, a product for each window, the data's innermost dimension]; one window after the other. */
function dataStages(conv: DirectConvolution, form: WinogradTransforms, places: Places, padded: Buffer): { readonly stages: readonly ComputeOp[]; readonly output: Buffer } {
  const { data, windows } = conv;
  const dimensions = keptDimensions(conv, places);
  const kept = dimensions.map((i) => data.buffer.shape[i] ?? 1);
  const lead = kept.slice(0, -1);
  const stages: ComputeOp[] = [];
  windows.forEach((_, i) => {
    // Windows that are still elements stand before those that are products.
    const turned = <T>(all: readonly T[], by: number): T[] => [...all.slice(by), ...all.slice(0, by)];
    const from = stages.at(-1);
    const products = PRODUCTS.slice(0, windows.length);
    stages.push(compute(
      i === windows.length - 1 ? 'winograd_data' : 'winograd_rows',
      [places.count, ...lead, ...windows.map(() => form.alpha), ...kept.slice(-1)], ['p', ...lead.map((__, k) => `d${k}`), ...turned(products, i + 1), 'ci'], (at) => {
        const [p = int(0), ...rest] = at;
        const others = [...rest.slice(0, lead.length), ...rest.slice(-1)];
        const inTile = turned(rest.slice(lead.length, -1), windows.length - i - 1);
        return combination(inTile[i] ?? int(0), form.data, 'parity', (k) => {
          const element = inTile.map((index, w) => (w === i ? int(k) : index));
          if (from !== undefined) return load(from.output, [p, ...others.slice(0, -1), ...turned(element, i), ...others.slice(-1)]);
          return load(padded, data.indices.map((__, d) => places.index(d, p, element) ?? others[dimensions.indexOf(d)] ?? int(0)));
        });
      }, { alwaysUnrollInner: [products[i] ?? ''] }));
  });
  return { stages, output: stages.at(-1)?.output ?? padded };
}

/** Axes of the products beside places and windows: before the places, and after them. */
interface ProductAxes { readonly before: readonly Axis[]; readonly after: readonly Axis[] }

/** From products to [p, axes before, an output for each window, axes after]; one window after the other. */
function outputStages({ windows }: DirectConvolution, form: WinogradTransforms, places: Places, { before, after }: ProductAxes, product: Buffer): ComputeOp[] {
  const stages: ComputeOp[] = [];
  windows.forEach((_, i) => {
    const from = stages.at(-1);
    const waiting = PRODUCTS.slice(i + 1, windows.length);
    const made = OUTPUTS.slice(0, i + 1);
    stages.push(compute(
      i === windows.length - 1 ? 'winograd_tiles' : 'winograd_back',
      [places.count, ...extents(before), ...waiting.map(() => form.alpha), ...made.map(() => form.tile), ...extents(after)], ['p', ...names(before), ...waiting, ...made, ...names(after)], (at) => {
        const [p = int(0), ...rest] = at;
        const outer = rest.slice(0, before.length);
        const inTile = rest.slice(before.length, before.length + windows.length);
        const last = rest.slice(before.length + windows.length);
        const products = inTile.slice(0, waiting.length);
        return combination(inTile.at(-1) ?? int(0), form.inverse, 'pairs', (k) => (from === undefined
          ? load(product, [int(k), ...products, ...outer, p, ...last])
          : load(from.output, [p, ...outer, int(k), ...products, ...inTile.slice(waiting.length, -1), ...last])));
      }, { alwaysUnrollInner: made.slice(-1) }));
  });
  return stages;
}

function extents(axes: readonly Axis[]): number[] {
  return axes.map((axis) => axis.extent);
}

function names(axes: readonly Axis[]): string[] {
  return axes.map((axis) => axis.var.name);
}

function pairs(axes: readonly Axis[], values: readonly Expr[]): [Expr, Expr][] {
  return axes.map((axis, i) => [axis.var, values[i] ?? int(0)]);
}
