/** The weights of a convolution in winograd's form: all windows times the weights' transform, summed in double precision. */
import { elementCount } from '../../ir/buffer.js';
import type { Rows } from './winograd-matrices.js';

/** From a tensor of `shape` to [alpha for each of `kernels`, the other dimensions]; `kernels`: the dimensions of the windows' taps, `rows`: [alpha][taps]. */
export function transformedWeights(elements: ArrayLike<number>, shape: readonly number[], kernels: readonly number[], rows: Rows): Float32Array {
  const strides = shape.map((_, i) => elementCount(shape.slice(i + 1)));
  const order = [...kernels, ...shape.map((_, i) => i).filter((i) => !kernels.includes(i))];
  let now: ArrayLike<number> = inOrder(elements, order.map((i) => shape[i] ?? 1), order.map((i) => strides[i] ?? 1));
  let inner = elementCount(shape);
  kernels.forEach((dimension, i) => {
    inner /= shape[dimension] ?? 1;
    const outer = rows.length ** i;
    const sums = outer * rows.length * inner;
    now = times(now, outer, inner, rows, i === kernels.length - 1 ? new Float32Array(sums) : new Float64Array(sums));
  });
  return Float32Array.from(now);
}

/** The elements with extents `shape` at `strides`, row-major. */
function inOrder(elements: ArrayLike<number>, shape: readonly number[], strides: readonly number[]): Float64Array {
  const out = new Float64Array(elementCount(shape));
  let at = 0;
  const visit = (d: number, from: number): void => {
    const [extent = 1, stride = 0] = [shape[d], strides[d]];
    if (d < shape.length - 1) for (let k = 0; k < extent; k++) visit(d + 1, from + k * stride);
    else for (let k = 0; k < extent; k++) out[at++] = elements[from + k * stride] ?? NaN;
  };
  visit(0, 0);
  return out;
}

/** [outer, taps, inner] times [alpha][taps] -> [outer, alpha, inner], written to `out`. */
function times<T extends Float32Array | Float64Array>(data: ArrayLike<number>, outer: number, inner: number, rows: Rows, out: T): T {
  const taps = rows[0]?.length ?? 0;
  const sums = new Float64Array(inner);
  for (let o = 0; o < outer; o++) {
    rows.forEach((row, a) => {
      sums.fill(0);
      row.forEach((factor, tap) => {
        if (factor === 0) return;
        const from = (o * taps + tap) * inner;
        for (let k = 0; k < inner; k++) sums[k] = (sums[k] ?? 0) + factor * (data[from + k] ?? NaN);
      });
      out.set(sums, (o * rows.length + a) * inner);
    });
  }
  return out;
}
