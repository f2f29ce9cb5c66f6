/**
 * RoiAlign whose number of samples follows from each region's size, and MaxRoiPool, as onnxruntime's roialign.cc and roi_pool.cc decide
 * each case. Regions may be as many as a last input says.
 */
import { ProcedureBuilder, type Variable } from '../../ir/procedure/builder.js';
import { elementCount } from '../../ir/buffer.js';
import type { Procedure, Term } from '../../ir/procedure/procedure.js';
import { add, and, cast, choose, div, eq, ge, gt, le, load, lt, max, min, mul, or, sub, unary, type Operand } from '../../ir/procedure/terms.js';
import type { TensorType } from '../tensor.js';
import { extentOf, fill } from './nest.js';

export interface AlignSpec {
  /** [batch, channels, height, width] */
  readonly x: TensorType;
  /** [regions, 4]: x0, y0, x1, y1 */
  readonly regions: TensorType;
  /** [regions] */
  readonly batches: TensorType;
  readonly output: readonly [height: number, width: number];
  /** Samples of a cell along each axis; 0: one for each element that the cell covers. */
  readonly samples: number;
  readonly scale: number;
  /** Pixels lie at their centres. */
  readonly half: boolean;
  readonly largest: boolean;
  readonly counted: boolean;
}

interface Axis { readonly start: Variable; readonly bin: Variable; readonly grid: Variable }
interface Neighbours { readonly inside: Variable; readonly low: Variable; readonly high: Variable; readonly upper: Variable; readonly lower: Variable }

export function roiAlign(spec: AlignSpec): Procedure {
  const [batch = 1, channels = 1, height = 1, width = 1] = spec.x.shape;
  const [oh, ow] = spec.output;
  const p = new ProcedureBuilder('roi_align');
  const x = p.input('x', spec.x);
  const regions = p.input('regions', spec.regions);
  const batches = p.input('batches', spec.batches);
  const count = spec.counted ? p.input('count', { dtype: 'int64', shape: [] }) : undefined;
  const bound = spec.regions.shape[0] ?? 0;
  const out = p.output('output', { dtype: spec.x.dtype, shape: [bound, channels, oh, ow] });
  const valid = p.let('valid', extentOf(p, count, bound));
  const axis = (r: Variable, k: number, cells: number): Axis => {
    const corner = (i: number): Term => sub(mul(load(regions, add(mul(r, 4), i)), spec.scale), spec.half ? 0.5 : 0);
    const start = p.let('start', corner(k));
    const raw = p.let('raw', sub(corner(k + 2), start));
    const bin = p.let('bin', div(spec.half ? raw : max(raw, 1), cells));
    return { start, bin, grid: p.let('grid', spec.samples > 0 ? spec.samples : cast(unary('ceil', bin), 'int32')) };
  };
  p.for('r', 0, valid, (r) => {
    const across = axis(r, 0, ow);
    const down = axis(r, 1, oh);
    const image = p.let('image', within(cast(load(batches, r), 'int32'), batch - 1));
    const samples = p.let('samples', max(mul(down.grid, across.grid), 1));
    p.for('c', 0, channels, (c) => p.for('oy', 0, oh, (oy) => p.for('ox', 0, ow, (ox) => {
      const plane = p.let('plane', mul(add(mul(image, channels), c), height * width));
      const result = p.local('result', x.dtype === 'float64' ? 'float64' : 'float32');
      const first = p.let('first', 1);
      p.set(result, 0);
      p.for('iy', 0, down.grid, (iy) => {
        const y = neighbours(p, position(down, oy, iy), height);
        p.for('ix', 0, across.grid, (ix) => {
          const z = neighbours(p, position(across, ox, ix), width);
          const part = (row: Variable, column: Variable, a: Variable, b: Variable): Term => mul(load(x, add(plane, add(mul(row, width), column))), mul(a, b));
          const parts = [part(y.low, z.low, y.upper, z.upper), part(y.low, z.high, y.upper, z.lower), part(y.high, z.low, y.lower, z.upper), part(y.high, z.high, y.lower, z.lower)];
          const value = p.let('value', parts.reduce((a, b) => (spec.largest ? max(p.let('a', a), p.let('b', b)) : add(a, b))));
          const counted = p.let('counted', choose(and(y.inside, z.inside), value, 0));
          p.set(result, spec.largest ? choose(or(eq(first, 1), gt(counted, result)), counted, result) : add(result, counted));
          p.set(first, 0);
        });
      });
      const at = add(mul(add(mul(add(mul(r, channels), c), oh), oy), ow), ox);
      p.store(out, at, spec.largest ? result : div(result, cast(samples, result.type)));
    })));
  });
  fill(p, out, mul(valid, channels * oh * ow), elementCount(out.shape), 0);
  return p.finish();
}

function position({ start, bin, grid }: Axis, cell: Variable, sample: Variable): Term {
  const half = add(cast(sample, bin.type), 0.5);
  return add(add(start, mul(cast(cell, bin.type), bin)), div(mul(half, bin), cast(grid, bin.type)));
}

/** The two elements around a place, and their parts. */
function neighbours(p: ProcedureBuilder, place: Term, extent: number): Neighbours {
  const given = p.let('place', place);
  const inside = p.let('inside', and(ge(given, -1), le(given, extent)));
  const at = p.let('within', min(max(given, 0), extent - 1));
  const low = p.let('low', cast(unary('floor', at), 'int32'));
  const lower = p.let('lower', sub(at, cast(low, at.type)));
  return { inside, low, high: p.let('high', min(add(low, 1), extent - 1)), upper: p.let('upper', sub(1, lower)), lower };
}

function within(index: Term, most: number): Term {
  return max(min(index, most), 0);
}

export interface MaxPoolSpec {
  /** [batch, channels, height, width] */
  readonly x: TensorType;
  /** [regions, 5]: batch, x0, y0, x1, y1 */
  readonly regions: TensorType;
  readonly output: readonly [height: number, width: number];
  readonly scale: number;
  readonly counted: boolean;
}

/** The corners are rounded to elements and belong to the region; cells without elements are 0. */
export function maxRoiPool(spec: MaxPoolSpec): Procedure {
  const [batch = 1, channels = 1, height = 1, width = 1] = spec.x.shape;
  const [oh, ow] = spec.output;
  const p = new ProcedureBuilder('roi_max_pool');
  const x = p.input('x', spec.x);
  const regions = p.input('regions', spec.regions);
  const count = spec.counted ? p.input('count', { dtype: 'int64', shape: [] }) : undefined;
  const bound = spec.regions.shape[0] ?? 0;
  const out = p.output('output', { dtype: spec.x.dtype, shape: [bound, channels, oh, ow] });
  const valid = p.let('valid', extentOf(p, count, bound));
  const side = (r: Variable, k: number, cells: number): { readonly start: Variable; readonly bin: Variable } => {
    const corner = (i: number): Variable => rounded(p, mul(load(regions, add(mul(r, 5), i)), spec.scale));
    const start = corner(k);
    const end = corner(k + 2);
    const size = p.let('size', max(add(sub(end, start), 1), 1));
    return { start, bin: p.let('bin', div(cast(size, 'float32'), cells)) };
  };
  const range = ({ start, bin }: ReturnType<typeof side>, cell: Variable, extent: number): readonly [Variable, Variable] => {
    const from = p.let('from', add(cast(unary('floor', mul(cast(cell, 'float32'), bin)), 'int32'), start));
    const to = p.let('to', add(cast(unary('ceil', mul(cast(add(cell, 1), 'float32'), bin)), 'int32'), start));
    return [p.let('first', max(min(from, extent), 0)), p.let('behind', max(min(to, extent), 0))];
  };
  p.for('r', 0, valid, (r) => {
    const image = p.let('image', within(cast(load(regions, mul(r, 5)), 'int32'), batch - 1));
    const across = side(r, 1, ow);
    const down = side(r, 2, oh);
    p.for('c', 0, channels, (c) => p.for('oy', 0, oh, (oy) => p.for('ox', 0, ow, (ox) => {
      const plane = p.let('plane', mul(add(mul(image, channels), c), height * width));
      const [top, bottom] = range(down, oy, height);
      const [left, right] = range(across, ox, width);
      const result = p.local('result', x.dtype === 'float64' ? 'float64' : 'float32');
      const empty = p.let('empty', 1);
      p.set(result, 0);
      p.for('y', top, bottom, (y) => p.for('z', left, right, (z) => {
        const value = p.let('value', load(x, add(plane, add(mul(y, width), z))));
        p.if(or(eq(empty, 1), gt(value, result)), () => p.set(result, value));
        p.set(empty, 0);
      }));
      p.store(out, add(mul(add(mul(add(mul(r, channels), c), oh), oy), ow), ox), result);
    })));
  });
  fill(p, out, mul(valid, channels * oh * ow), elementCount(out.shape), 0);
  return p.finish();
}

/** To the nearest integer, halves away from 0. */
function rounded(p: ProcedureBuilder, value: Operand): Variable {
  const given = p.let('given', value);
  const half = p.let('rounded', choose(lt(given, 0), unary('ceil', sub(given, 0.5)), unary('floor', add(given, 0.5))));
  return p.let('whole', cast(half, 'int32'));
}
