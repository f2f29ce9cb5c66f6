/** Moving elements (operator library: transpose, concatenate). */
import { defined } from '../../base/assert.js';
import { compute } from '../../dag/create.js';
import type { ComputeOp } from '../../dag/op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, ifThenElse, int, load, type Expr } from '../../ir/expr.js';
import { numberedAxes } from './index-forms.js';

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
