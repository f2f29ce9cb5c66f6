/** Moving elements (operator library: transpose, concatenate, strided_slice, take, dilate). */
import { defined } from '../../base/assert.js';
import { compute } from '../create.js';
import type { ComputeOp } from '../op.js';
import { choose } from '../../ir/choice.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, cast, float, ifThenElse, int, load, select, type Expr } from '../../ir/expr.js';
import { numberedAxes, scaled } from './index-forms.js';

/** Dimension i of the result is dimension `order[i]` of the input. */
export function transposeStage(input: Buffer, order: readonly number[]): ComputeOp {
  const shape = order.map((axis) => input.shape[axis] ?? 1);
  return compute('T_transpose', shape, numberedAxes('ax', shape.length), (axes) => {
    const index = new Array<Expr>(order.length).fill(int(0));
    order.forEach((from, to) => (index[from] = axes[to] ?? int(0)));
    return load(input, index);
  });
}

/** The inputs one after the other along `axis`. */
export function concatStage(inputs: readonly Buffer[], axis: number, shape: readonly number[]): ComputeOp {
  return compute('T_concat', shape, numberedAxes('ax', shape.length), (axes) => {
    const along = axes[axis] ?? int(0);
    let start = 0;
    let value: Expr | undefined;
    for (const input of inputs) {
      const shifted = start === 0 ? along : binary('sub', along, int(start));
      const element = load(input, axes.map((v, i) => (i === axis ? shifted : v)));
      value = value === undefined ? element : ifThenElse(binary('ge', along, int(start)), element, value);
      start += input.shape[axis] ?? 0;
    }
    return defined(value, 'an input to concatenate');
  });
}

export interface SliceRange { readonly start: number; readonly step: number; readonly extent: number }

/** For each dimension, `extent` elements from `start` in steps of `step`. */
export function sliceStage(input: Buffer, ranges: readonly SliceRange[]): ComputeOp {
  return compute('T_strided_slice', ranges.map((range) => range.extent), numberedAxes('ax', ranges.length), (axes) =>
    load(input, axes.map((axis, i) => {
      const { start, step } = ranges[i] ?? { start: 0, step: 1 };
      const moved = scaled(axis, step);
      return start === 0 ? moved : binary('add', moved, int(start));
    })));
}

/** Slices of `data` along `axis`, chosen by `indices` (an integer tensor; negative ones count from the end, others are clamped). */
export function takeStage(data: Buffer, indices: Buffer, axis: number): ComputeOp {
  const extent = data.shape[axis] ?? 1;
  const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)];
  return compute('T_take', shape, numberedAxes('ax', shape.length), (axes) => {
    const chosen = cast('int32', load(indices, axes.slice(axis, axis + indices.shape.length)));
    const from0 = select(binary('lt', chosen, int(0)), binary('add', chosen, int(extent)), chosen);
    const inside = binary('min', binary('max', from0, int(0)), int(extent - 1));
    return load(data, [...axes.slice(0, axis), inside, ...axes.slice(axis + indices.shape.length)]);
  });
}

/** Zeros between neighbours, `strides[i] - 1` of them along spatial dimension i of [N, spatial..., C]. */
export function dilateStage(data: Buffer, strides: readonly number[]): ComputeOp {
  const shape = data.shape.map((extent, i) => (i === 0 || i > strides.length ? extent : (extent - 1) * (strides[i - 1] ?? 1) + 1));
  return compute('data_dilate', shape, numberedAxes('i', shape.length), (axes) => {
    const onGrid: Expr[] = [];
    const index = axes.map((axis, i): Expr => {
      const stride = strides[i - 1] ?? 1;
      if (i === 0 || stride === 1) return axis;
      onGrid.push(binary('eq', binary('floormod', axis, int(stride)), int(0)));
      return binary('floordiv', axis, int(stride));
    });
    return choose(onGrid, load(data, index), float(0, data.dtype));
  });
}
