/** Random calls of each procedure, and what straightforward programs make of them. */
import type { Rng } from '../../../server/src/base/rng.js';
import { elementCount } from '../../../server/src/ir/buffer.js';
import type { DType } from '../../../server/src/ir/dtype.js';
import { storedValue } from '../../../server/src/ir/scalar.js';
import { compress, nonZero } from '../../../server/src/model/procedures/choose-elements.js';
import { nonMaxSuppression } from '../../../server/src/model/procedures/non-max-suppression.js';
import { packOutput } from '../../../server/src/model/procedures/pack-output.js';
import { REDUCTIONS, scatterElements, scatterND } from '../../../server/src/model/procedures/scatter.js';
import { topK } from '../../../server/src/model/procedures/top-k.js';
import { unique } from '../../../server/src/model/procedures/unique.js';
import { stridesOf, type TensorType } from '../../../server/src/model/tensor.js';
import type { ProcedureCase } from './run.js';

const TYPES: readonly DType[] = ['float32', 'float64', 'int64', 'int32', 'uint32', 'uint64', 'int8', 'uint8'];
const EXTENTS = [0, 1, 1, 2, 3, 5, 9];
const SCALAR = { dtype: 'int64', shape: [] } as const;

function pick<T>(rng: Rng, list: readonly T[]): T {
  const one = list[rng.int(list.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

/** Few different values, so that many are equal; floats with all that is odd about them. */
function values(rng: Rng, { dtype, shape }: TensorType): number[] {
  const floats = [NaN, Infinity, -Infinity, 0, -0, 1.5, -1.5, 2 ** -140];
  return Array.from({ length: elementCount(shape) }, () => {
    if (dtype === 'float32' || dtype === 'float64') return storedValue(rng.int(3) === 0 ? pick(rng, floats) : rng.int(9) - 4 + 0.25, dtype);
    if (dtype === 'bool') return rng.int(2);
    return dtype.startsWith('u') ? (rng.int(6) === 0 && dtype === 'uint32' ? 4294967295 - rng.int(3) : rng.int(7)) : rng.int(9) - 4;
  });
}

function shapeOf(rng: Rng, rank: number): number[] {
  return Array.from({ length: rank }, () => pick(rng, EXTENTS));
}

/** Every index of a shape, row-major. */
function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>((all, extent) => all.flatMap((at) => Array.from({ length: extent }, (_, i) => [...at, i])), [[]]);
}

function flat(shape: readonly number[], at: readonly number[]): number {
  const strides = stridesOf(shape);
  return at.reduce((sum, i, d) => sum + i * (strides[d] ?? 1), 0);
}

/** -1, 0 or 1; NaN is greater than all and equals itself. */
function order(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

export function topKCase(rng: Rng): ProcedureCase {
  const shape = shapeOf(rng, 1 + rng.int(3));
  const axis = rng.int(shape.length);
  const n = shape[axis] ?? 0;
  const x: TensorType = { dtype: pick(rng, TYPES), shape };
  const data = values(rng, x);
  const [largest, open, counted] = [rng.int(2) === 0, rng.int(3) === 0, rng.int(3) === 0];
  const bound = open ? n : rng.int(n + 1);
  const asked = open ? rng.int(n + 4) - 2 : bound;
  const valid = counted ? rng.int(n + 1) : n;
  const k = Math.max(0, Math.min(asked, valid, bound));
  const out = shape.map((extent, i) => (i === axis ? bound : extent));
  const expectedValues = new Array<number>(elementCount(out)).fill(0);
  const expectedIndices = expectedValues.slice();
  for (const line of indicesOf(shape.map((extent, i) => (i === axis ? 1 : extent)))) {
    const at = (i: number, of: readonly number[]): number => flat(of, line.map((index, d) => (d === axis ? i : index)));
    const ids = Array.from({ length: valid }, (_, i) => i).sort((a, b) => {
      const by = order(data[at(a, shape)] ?? 0, data[at(b, shape)] ?? 0);
      return (largest ? -by : by) || a - b;
    });
    ids.slice(0, k).forEach((id, i) => {
      expectedValues[at(i, out)] = data[at(id, shape)] ?? 0;
      expectedIndices[at(i, out)] = id;
    });
  }
  return {
    what: `top ${asked} of ${x.dtype} [${shape.join()}] along ${axis}`, procedure: topK({ x, axis, k: bound, kType: open ? SCALAR : undefined, largest, counted }),
    inputs: [data, ...(open ? [[asked]] : []), ...(counted ? [[valid]] : [])], expected: [expectedValues, expectedIndices, ...(open || counted ? [[k]] : [])],
  };
}

function combine(reduction: (typeof REDUCTIONS)[number], old: number, update: number, dtype: DType): number {
  switch (reduction) {
    case 'none': return update;
    case 'add': return storedValue(old + update, dtype);
    case 'mul': return storedValue(old * update, dtype);
    case 'max': return Number.isNaN(old) || old > update ? old : update;
    case 'min': return Number.isNaN(old) || old < update ? old : update;
  }
}

/** From within, from the end, and from outside. */
function indexInto(rng: Rng, extent: number): number {
  return rng.int(8) === 0 ? pick(rng, [extent, -extent - 1, 2 ** 32, -(2 ** 32), 2 ** 31, extent + 7]) : rng.int(2 * extent + 1) - extent;
}

function inside(index: number, extent: number): number | undefined {
  const from0 = index < 0 ? index + extent : index;
  return from0 >= 0 && from0 < extent ? from0 : undefined;
}

const EXACT_TYPES: readonly DType[] = ['float32', 'float64', 'int64', 'int32', 'int8', 'uint8'];

export function scatterElementsCase(rng: Rng): ProcedureCase {
  const shape = shapeOf(rng, 1 + rng.int(3));
  const axis = rng.int(shape.length);
  const rows = shape.map((extent, i) => (i === axis ? rng.int(6) : rng.int(extent + 1)));
  const data: TensorType = { dtype: pick(rng, EXACT_TYPES), shape };
  const [old, updates] = [values(rng, data), values(rng, { dtype: data.dtype, shape: rows })];
  const at = Array.from({ length: elementCount(rows) }, () => indexInto(rng, shape[axis] ?? 0));
  const reduction = pick(rng, REDUCTIONS);
  const counted = rng.int(3) === 0;
  const valid = counted ? rng.int((rows[0] ?? 0) + 1) : rows[0] ?? 0;
  const out = old.slice();
  indicesOf(rows).forEach((index, i) => {
    const to = inside(at[i] ?? 0, shape[axis] ?? 0);
    if (to === undefined || (index[0] ?? 0) >= valid) return;
    const place = flat(shape, index.map((x, d) => (d === axis ? to : x)));
    out[place] = combine(reduction, out[place] ?? 0, updates[i] ?? 0, data.dtype);
  });
  const spec = { data, indices: { dtype: 'int64', shape: rows }, updates: { dtype: data.dtype, shape: rows }, reduction, counted } as const;
  return { what: `scatter ${reduction} ${data.dtype} [${rows.join()}] into [${shape.join()}] along ${axis}`, procedure: scatterElements(spec, axis), inputs: [old, at, updates, ...(counted ? [[valid]] : [])], expected: [out] };
}

export function scatterNDCase(rng: Rng): ProcedureCase {
  const shape = shapeOf(rng, 1 + rng.int(3));
  const depth = rng.int(shape.length + 1);
  const outer = [rng.int(6), ...(rng.int(2) === 0 ? [2] : [])];
  const data: TensorType = { dtype: pick(rng, EXACT_TYPES), shape };
  const slice = shape.slice(depth);
  const updatesShape = [...outer, ...slice];
  const [old, updates] = [values(rng, data), values(rng, { dtype: data.dtype, shape: updatesShape })];
  const tuples = indicesOf(outer).map(() => shape.slice(0, depth).map((extent) => indexInto(rng, extent)));
  const reduction = pick(rng, REDUCTIONS);
  const out = old.slice();
  tuples.forEach((tuple, t) => {
    const to = tuple.map((index, d) => inside(index, shape[d] ?? 0));
    if (to.some((index) => index === undefined)) return;
    indicesOf(slice).forEach((rest, s) => {
      const place = flat(shape, [...to.map((index) => index ?? 0), ...rest]);
      out[place] = combine(reduction, out[place] ?? 0, updates[t * elementCount(slice) + s] ?? 0, data.dtype);
    });
  });
  const spec = { data, indices: { dtype: 'int64', shape: [...outer, depth] }, updates: { dtype: data.dtype, shape: updatesShape }, reduction, counted: false } as const;
  return { what: `scatter ${reduction} ${data.dtype} slices [${slice.join()}] into [${shape.join()}]`, procedure: scatterND(spec), inputs: [old, tuples.flat(), updates], expected: [out] };
}

export function suppressionCase(rng: Rng): ProcedureCase {
  const [batches, classes, n] = [1 + rng.int(2), 1 + rng.int(3), pick(rng, [0, 1, 2, 7, 12])];
  const f = Math.fround;
  // Corners on a coarse grid, in any order: equal boxes, boxes without area, and shares that meet the threshold exactly.
  const boxes = Array.from({ length: batches * n * 4 }, () => rng.int(5) / 4);
  const scores = Array.from({ length: batches * classes * n }, () => (rng.int(9) === 0 ? NaN : rng.int(4) / 4));
  const [centred, counted] = [rng.int(2) === 0, rng.int(3) === 0];
  const most = pick(rng, [-1, 0, 1, 3, 100]);
  const [iou, least] = [pick(rng, [0, 0.25, f(1 / 3), 0.5, 1]), pick(rng, [-1, 0.25, 0.5])];
  const given = { most: rng.int(5) > 0, iou: rng.int(5) > 0, score: rng.int(2) === 0, known: rng.int(2) === 0 };
  const bound = given.most && given.known ? Math.max(0, Math.min(most, n)) : given.most ? n : 0;
  const valid = counted ? rng.int(n + 1) : n;
  const box = (b: number, i: number) => {
    const [p = 0, q = 0, r = 0, s = 0] = boxes.slice((b * n + i) * 4);
    const [left, right, top, bottom] = centred ? [f(p - f(r / 2)), f(p + f(r / 2)), f(q - f(s / 2)), f(q + f(s / 2))] : [Math.min(q, s), Math.max(q, s), Math.min(p, r), Math.max(p, r)];
    return { left, right, top, bottom, area: f(f(right - left) * f(bottom - top)) };
  };
  const rows: number[][] = [];
  for (let b = 0; b < batches; b++) {
    for (let c = 0; c < classes; c++) {
      const score = (i: number): number => scores[(b * classes + c) * n + i] ?? 0;
      const kept: number[] = [];
      const candidates = Array.from({ length: valid }, (_, i) => i).filter((i) => !given.score || score(i) > least).sort((i, j) => -order(score(i), score(j)) || i - j);
      for (const i of candidates) {
        if (kept.length >= (given.most ? most : 0)) break;
        const a = box(b, i);
        const clash = kept.some((j) => {
          const o = box(b, j);
          const [width, height] = [f(Math.min(a.right, o.right) - Math.max(a.left, o.left)), f(Math.min(a.bottom, o.bottom) - Math.max(a.top, o.top))];
          if (width <= 0 || height <= 0) return false;
          const shared = f(width * height);
          const union = f(f(a.area + o.area) - shared);
          return shared > 0 && a.area > 0 && o.area > 0 && union > 0 && f(shared / union) > (given.iou ? iou : 0);
        });
        if (!clash) kept.push(i);
      }
      rows.push(...kept.map((i) => [b, c, i]));
    }
  }
  const float = { dtype: 'float32', shape: [1] } as const;
  const procedure = nonMaxSuppression({
    boxes: { dtype: 'float32', shape: [batches, n, 4] }, scores: { dtype: 'float32', shape: [batches, classes, n] }, centred, bound, counted,
    most: given.most ? { dtype: 'int64', shape: [1] } : undefined, iou: given.iou ? float : undefined, score: given.score ? float : undefined,
  });
  const inputs = [boxes, scores, ...(given.most ? [[most]] : []), ...(given.iou ? [[iou]] : []), ...(given.score ? [[least]] : []), ...(counted ? [[valid]] : [])];
  const all = [...rows.flat(), ...new Array<number>(batches * classes * bound * 3 - rows.length * 3).fill(0)];
  return { what: `suppression of ${n} boxes, ${classes} classes, at most ${most}, ${iou}`, procedure, inputs, expected: [all, [rows.length]] };
}

export function nonZeroCase(rng: Rng): ProcedureCase {
  const x: TensorType = { dtype: pick(rng, [...TYPES, 'bool']), shape: shapeOf(rng, rng.int(4)) };
  const data = values(rng, x).map((value) => (rng.int(2) === 0 ? 0 : value));
  const axis = x.shape.length > 0 && rng.int(2) === 0 ? rng.int(x.shape.length) : undefined;
  const valid = axis === undefined ? 0 : rng.int((x.shape[axis] ?? 0) + 1);
  const found = indicesOf(x.shape).filter((at, i) => data[i] !== 0 && (axis === undefined || (at[axis] ?? 0) < valid));
  const bound = elementCount(x.shape);
  const expected = x.shape.flatMap((_, d) => [...found.map((at) => at[d] ?? 0), ...new Array<number>(bound - found.length).fill(0)]);
  return { what: `non-zero ${x.dtype} [${x.shape.join()}]`, procedure: nonZero(x, axis), inputs: [data, ...(axis === undefined ? [] : [[valid]])], expected: [expected, [found.length]] };
}

export function compressCase(rng: Rng): ProcedureCase {
  const x: TensorType = { dtype: pick(rng, TYPES), shape: shapeOf(rng, 1 + rng.int(3)) };
  const data = values(rng, x);
  const axis = rng.int(3) === 0 ? undefined : rng.int(x.shape.length);
  const all = axis === undefined ? [elementCount(x.shape)] : x.shape;
  const along = axis ?? 0;
  const condition: TensorType = { dtype: 'bool', shape: [rng.int((all[along] ?? 0) + 2)] };
  const holds = values(rng, condition);
  const bound = Math.min(all[along] ?? 0, holds.length);
  const chosen = Array.from({ length: bound }, (_, i) => i).filter((i) => holds[i] !== 0);
  const out = all.map((extent, i) => (i === along ? bound : extent));
  const expected = indicesOf(out).map((at) => {
    const from = chosen[at[along] ?? 0];
    return from === undefined ? 0 : data[flat(all, at.map((i, d) => (d === along ? from : i)))] ?? 0;
  });
  return { what: `compress ${x.dtype} [${x.shape.join()}] along ${axis}`, procedure: compress(x, condition, axis, false), inputs: [data, holds], expected: [expected, [chosen.length]] };
}

export function uniqueCase(rng: Rng): ProcedureCase {
  const x: TensorType = { dtype: pick(rng, TYPES), shape: shapeOf(rng, 1 + rng.int(3)) };
  const data = values(rng, x);
  const axis = rng.int(3) === 0 ? undefined : rng.int(x.shape.length);
  const [sorted, counted] = [rng.int(2) === 0, rng.int(3) === 0];
  const all = axis === undefined ? [elementCount(x.shape)] : x.shape;
  const along = axis ?? 0;
  const n = all[along] ?? 0;
  const valid = counted ? rng.int(n + 1) : n;
  const slice = (i: number): number[] => indicesOf(all.map((extent, d) => (d === along ? 1 : extent))).map((at) => data[flat(all, at.map((k, d) => (d === along ? i : k)))] ?? 0);
  const compare = (a: readonly number[], b: readonly number[]): number => a.reduce((by, value, i) => by || order(value, b[i] ?? 0), 0);
  const groups: { first: number; members: number[] }[] = [];
  for (let i = 0; i < valid; i++) {
    const group = groups.find(({ first }) => compare(slice(first), slice(i)) === 0);
    if (group === undefined) groups.push({ first: i, members: [i] });
    else group.members.push(i);
  }
  if (sorted) groups.sort((a, b) => compare(slice(a.first), slice(b.first)));
  const rest = new Array<number>(n - groups.length).fill(0);
  const out = indicesOf(all).map((at) => {
    const group = groups[at[along] ?? 0];
    return group === undefined ? 0 : data[flat(all, at.map((k, d) => (d === along ? group.first : k)))] ?? 0;
  });
  const inverse = Array.from({ length: n }, (_, i) => Math.max(0, groups.findIndex(({ members }) => members.includes(i))));
  return {
    what: `unique ${x.dtype} [${x.shape.join()}] along ${axis}`, procedure: unique({ x, axis, sorted, counted }), inputs: [data, ...(counted ? [[valid]] : [])],
    expected: [out, [...groups.map(({ first }) => first), ...rest], inverse, [...groups.map(({ members }) => members.length), ...rest], [groups.length]],
  };
}

export function packCase(rng: Rng): ProcedureCase {
  const x: TensorType = { dtype: pick(rng, TYPES), shape: shapeOf(rng, 1 + rng.int(3)) };
  const data = values(rng, x);
  const axis = rng.int(x.shape.length);
  const bound = x.shape[axis] ?? 0;
  const count = rng.int(bound + 3) - 1;
  const found = Math.max(0, Math.min(count, bound));
  const dense = indicesOf(x.shape).flatMap((at, i) => ((at[axis] ?? 0) < found ? [data[i] ?? 0] : []));
  return {
    what: `pack ${x.dtype} [${x.shape.join()}] along ${axis}`, procedure: packOutput(x, axis), inputs: [data, [count]],
    expected: [[...dense, ...new Array<number>(data.length - dense.length).fill(0)], x.shape.map((extent, i) => (i === axis ? found : extent))],
  };
}
