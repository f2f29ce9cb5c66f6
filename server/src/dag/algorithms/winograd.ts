/**
 * Winograd convolution (Lavin and Gray 2016) as stages: each tile of data and of products is transformed along one dimension and then along the other,
 * by straight-line sums over constants; between them stand (tile + 2)^2 matrix products. The original's form multiplies by both constant matrices in one
 * stage, which takes (tile + 2)^2 times as many steps.
 */
import { elementCount, type Buffer } from '../../ir/buffer.js';
import { binary, float, ifThenElse, int, load, select, variable, type Expr } from '../../ir/expr.js';
import { rewriteExpr } from '../../ir/walk.js';
import type { ComputeDag } from '../compute-dag.js';
import { bodyExpr, compute, computeOp, createDag, placeholder, reduce } from '../create.js';
import type { ComputeOp, Op } from '../op.js';
import { divided, remainder, scaled } from '../operators/index-forms.js';
import { directConvolution, KERNEL, type DirectConvolution } from './direct-convolution.js';
import type { Sibling } from './sibling.js';
import { F2, F4, type Rows, type WinogradTransforms } from './winograd-matrices.js';

/** The winograd forms of an operator with one convolution; none where it has no such form. */
export function winogradSiblings(dag: ComputeDag): readonly Sibling[] {
  const conv = directConvolution(dag);
  return conv === undefined ? [] : [F4, F2].flatMap((form) => winogradSibling(dag, conv, form) ?? []);
}

function winogradSibling(dag: ComputeDag, conv: DirectConvolution, form: WinogradTransforms): Sibling | undefined {
  const { op, data, weights } = conv;
  const alpha = form.tile + KERNEL - 1;
  const rank = op.axes.length;
  const [height = 1, width = 1, filters = 1] = op.output.shape.slice(-3);
  const tiles = [height, width].map((extent) => Math.ceil(extent / form.tile)) as [number, number];
  const [nH, nW] = tiles;
  const padded = paddedData(dag, data.buffer, tiles.map((n) => n * form.tile + KERNEL - 1));
  const batch = op.output.shape[0] ?? 1;
  /** Extents of the data before the tiled two: none, or the depth. */
  const lead = data.buffer.shape.slice(1, rank - 3);
  const names = lead.map((_, i) => `d${i}`);
  const channels = data.buffer.shape[rank - 1] ?? 1;
  const places = batch * nH * nW;

  const corner = (p: Expr, row: Expr, column: Expr, depth: readonly Expr[], c: Expr): Expr => load(padded.output, [
    divided(p, nH * nW), ...depth, binary('add', scaled(remainder(divided(p, nW), nH), form.tile), row), binary('add', scaled(remainder(p, nW), form.tile), column), c,
  ]);
  const rows = compute('winograd_rows', [places, ...lead, alpha, alpha, channels], ['p', ...names, 'nu', 'eps', 'ci'], (at) => {
    const [p = int(0), nu = int(0), eps = int(0), c = int(0)] = ends(at);
    return chosen(eps, form.data, (i) => corner(p, int(i), nu, at.slice(1, -3), c));
  }, { alwaysUnrollInner: ['eps'] });
  const tile = compute('winograd_data', [places, ...lead, alpha, alpha, channels], ['p', ...names, 'eps', 'nu', 'ci'], (at) => {
    const [p = int(0), eps = int(0), nu = int(0), c = int(0)] = ends(at);
    return chosen(nu, form.data, (i) => load(rows.output, [p, ...at.slice(1, -3), int(i), eps, c]));
  }, { alwaysUnrollInner: ['nu'] });

  const depthTaps = op.reduceAxes.slice(0, -3);
  const constant = placeholder(`${conv.constant.name}_${suffixOf(form)}`, [alpha, alpha, ...depthTaps.map((axis) => axis.extent), channels, filters], 'float32', { constant: true });
  const depths = op.axes.slice(1, -3);
  const product = reduce(
    'winograd_product', [alpha, alpha, ...depths.map((axis) => axis.extent), places, filters], ['eps', 'nu', ...depths.map((axis) => axis.var.name), 'p', 'co'],
    [...depthTaps.map((axis) => [axis.var.name, axis.extent] as const), ['ci', channels] as const], 'add', (at, r) => {
      const [eps = int(0), nu = int(0)] = at;
      const [p = int(0), co = int(0)] = at.slice(-2);
      const now = new Map<Expr, Expr>([...depths.map((axis, i): [Expr, Expr] => [axis.var, at[2 + i] ?? int(0)]), ...depthTaps.map((axis, i): [Expr, Expr] => [axis.var, r[i] ?? int(0)])]);
      const depth = data.indices.slice(1, rank - 3).map((index) => rewriteExpr(index, (e) => now.get(e) ?? e));
      const c = r[r.length - 1] ?? int(0);
      return binary('mul', load(tile.output, [p, ...depth, eps, nu, c]), load(constant.output, [eps, nu, ...r, co]));
    });
  const back = compute('winograd_back', [places, ...depths.map((axis) => axis.extent), alpha, form.tile, filters], ['p', ...depths.map((axis) => axis.var.name), 'nu', 'vh', 'co'], (at) => {
    const [p = int(0), nu = int(0), vh = int(0), co = int(0)] = ends(at);
    return chosen(vh, form.inverse, (i) => load(product.output, [int(i), nu, ...at.slice(1, -3), p, co]));
  }, { alwaysUnrollInner: ['vh'] });
  const out = compute('winograd_tiles', [places, ...depths.map((axis) => axis.extent), form.tile, form.tile, filters], ['p', ...depths.map((axis) => axis.var.name), 'vh', 'vw', 'co'], (at) => {
    const [p = int(0), vh = int(0), vw = int(0), co = int(0)] = ends(at);
    return chosen(vw, form.inverse, (i) => load(back.output, [p, ...at.slice(1, -3), int(i), vh, co]));
  }, { alwaysUnrollInner: ['vw'] });
  const vars = op.axes.map((axis) => axis.var);
  const [n = int(0)] = vars;
  const [y = int(0), x = int(0), f = int(0)] = vars.slice(-3);
  const place = binary('add', scaled(binary('add', scaled(n, nH), divided(y, form.tile)), nW), divided(x, form.tile));
  // Writes the convolution's own tensor, so that what follows it stays as it is.
  const final: ComputeOp = Object.freeze({
    ...op, reduceAxes: Object.freeze([]), attrs: {},
    body: Object.freeze({ kind: 'expr', value: load(out.output, [place, ...vars.slice(1, -3), remainder(y, form.tile), remainder(x, form.tile), f]) }),
  });
  const others = dag.ops.filter((other) => other !== op);
  return {
    algorithm: `winograd F(${form.tile}, ${KERNEL})`, suffix: suffixOf(form), replaced: weights.buffer, constant: constant.output,
    dag: createDag([...others, ...(dag.ops.includes(padded) ? [] : [padded]), rows, tile, constant, product, back, out, final], dag.outputs),
    transform: (elements) => transformed(elements, form, depthTaps.reduce((count, axis) => count * axis.extent, 1), channels * filters),
  };
}

function suffixOf({ tile }: WinogradTransforms): string {
  return `winograd${tile}`;
}

/** The first and the last three of the axes. */
function ends(at: readonly Expr[]): Expr[] {
  return [...at.slice(0, 1), ...at.slice(-3)];
}

/** Row `index` of the matrix times the vector of `element(column)`. */
function chosen(index: Expr, matrix: Rows, element: (column: number) => Expr): Expr {
  const sums = matrix.map((row) => row.reduce<Expr | undefined>((sum, factor, column) => {
    if (factor === 0) return sum;
    const size = Math.abs(factor);
    const value = size === 1 ? element(column) : binary('mul', element(column), float(size));
    if (sum === undefined) return factor > 0 ? value : binary('mul', element(column), float(factor));
    return binary(factor > 0 ? 'add' : 'sub', sum, value);
  }, undefined) ?? float(0));
  const last = sums.pop() ?? float(0);
  return sums.reduceRight((otherwise, sum, i) => select(binary('eq', index, int(i)), sum, otherwise), last);
}

/** The data with at least `extents` rows and columns, what is beyond the data being zero: its own padding made wider, or a new stage. */
function paddedData(dag: ComputeDag, data: Buffer, extents: readonly number[]): Op {
  const rank = data.shape.length;
  const shape = data.shape.map((extent, i) => (i >= rank - 3 && i < rank - 1 ? Math.max(extent, extents[i - rank + 3] ?? 1) : extent));
  const producer = dag.ops.find((op) => op.output === data);
  if (producer === undefined || elementCount(shape) === elementCount(data.shape)) return producer ?? placeholder(data.name, data.shape);
  if (producer.kind === 'placeholder' || bodyKind(producer) === 'reduce' || !isPadding(producer)) {
    return compute('winograd_pad', shape, shape.map((_, i) => `i${i}`), (at) => guarded(data, at, shape, load(data, at)));
  }
  const axes = producer.axes.map((axis, i) => ({ ...axis, var: variable(axis.var.name), extent: shape[i] ?? axis.extent }));
  const now = new Map<Expr, Expr>(producer.axes.map((axis, i) => [axis.var, axes[i]?.var ?? axis.var]));
  const value = rewriteExpr(bodyExpr(producer), (e) => now.get(e) ?? e);
  const open = axes.map((axis, i) => (axis.extent > (data.shape[i] ?? 1) && !isBounded(value, axis.var, data.shape[i] ?? 1) ? axis.var : undefined));
  return computeOp(producer.name, axes, [], { kind: 'expr', value: guarded(data, open, shape, value) }, producer.output.dtype);
}

function bodyKind(op: ComputeOp): 'expr' | 'reduce' {
  return op.body.kind;
}

/** A choice between an element and a number, or a copy. */
function isPadding(op: ComputeOp): boolean {
  const value = bodyExpr(op);
  return op.axes.every((axis) => axis.min === 0) && (value.kind === 'load' || (value.kind === 'call' && value.callee === 'tir.if_then_else' && value.args[1]?.kind === 'load' && value.args[2]?.kind === 'float' && value.args[2].value === 0));
}

/** Is the value zero where `axis` reaches `extent`? */
function isBounded(value: Expr, axis: Expr, extent: number): boolean {
  if (value.kind !== 'call') return false;
  let found = false;
  const visit = (e: Expr): void => {
    if (e.kind !== 'binary') return;
    if (e.op === 'and') for (const side of [e.a, e.b]) visit(side);
    else if (e.op === 'lt' && e.a === axis && e.b.kind === 'int' && e.b.value <= extent) found = true;
  };
  const [cond] = value.args;
  if (cond !== undefined) visit(cond);
  return found;
}

/** `value` where all of `at` are inside `data`, zero elsewhere; axes that are undefined, or no longer than the data, need no test. */
function guarded(data: Buffer, at: readonly (Expr | undefined)[], shape: readonly number[], value: Expr): Expr {
  const tests = at.flatMap((axis, i) => (axis !== undefined && (shape[i] ?? 1) > (data.shape[i] ?? 1) ? [binary('lt', axis, int(data.shape[i] ?? 1))] : []));
  const [first, ...rest] = tests;
  return first === undefined ? value : ifThenElse(rest.reduce<Expr>((all, one) => binary('and', all, one), first), value, float(0));
}

/** [depth, 3, 3, n] -> [alpha, alpha, depth, n]: both dimensions times the weights' transform, summed in double precision. */
function transformed(elements: ArrayLike<number>, form: WinogradTransforms, depth: number, n: number): Float32Array {
  const alpha = form.tile + KERNEL - 1;
  const out = new Float32Array(alpha * alpha * depth * n);
  const columns = new Float64Array(alpha * KERNEL * n);
  for (let d = 0; d < depth; d++) {
    for (let a = 0; a < alpha; a++) {
      for (let x = 0; x < KERNEL; x++) {
        for (let k = 0; k < n; k++) {
          let sum = 0;
          for (let y = 0; y < KERNEL; y++) sum += (form.weights[a]?.[y] ?? 0) * (elements[((d * KERNEL + y) * KERNEL + x) * n + k] ?? NaN);
          columns[(a * KERNEL + x) * n + k] = sum;
        }
      }
    }
    for (let a = 0; a < alpha; a++) {
      for (let b = 0; b < alpha; b++) {
        const [g0 = 0, g1 = 0, g2 = 0] = form.weights[b] ?? [];
        const at = ((a * alpha + b) * depth + d) * n;
        const from = a * KERNEL * n;
        for (let k = 0; k < n; k++) out[at + k] = g0 * (columns[from + k] ?? 0) + g1 * (columns[from + n + k] ?? 0) + g2 * (columns[from + 2 * n + k] ?? 0);
      }
    }
  }
  return out;
}
