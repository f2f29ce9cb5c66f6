/** Weights of a transposed convolution, sorted by the phases of its output (dag/operators/sub-pixel.ts). */
import { firstTap, subPixelWeightShape, type SubPixelDimension } from '../../../dag/operators/sub-pixel.js';
import { elementCount } from '../../../ir/buffer.js';
import { allocate, mapLazy, type LazyTensor } from '../../tensor.js';

/** Weights [C, F, kernel...] of the model, sorted by phase; taps beyond the kernel are zero. */
export function weightsOfPhases(weights: LazyTensor, phases: readonly SubPixelDimension[]): LazyTensor {
  const [channels = 1, filters = 1, ...kernel] = weights.shape;
  const shape = subPixelWeightShape(phases, channels, filters);
  return mapLazy(weights, { dtype: weights.dtype, shape }, (t) => {
    const data = allocate(t.dtype, elementCount(shape));
    const taps = kernel.reduce((n, k) => n * k, 1);
    const block = channels * filters;
    const outer = shape.slice(0, -2);
    const withPhase = phases.map(({ stride }) => stride !== 1);
    for (let i = 0, rest = elementCount(outer); i < rest; i++) {
      const at = positionOf(i, outer);
      const own = at.slice(outer.length - phases.length);
      let phase = 0;
      const turned = phases.map((d, k) => firstTap(d, withPhase[k] === true ? at[phase++] ?? 0 : 0) + (own[k] ?? 0) * d.stride);
      if (turned.some((tap, k) => tap >= (kernel[k] ?? 1))) continue;
      const from = turned.reduce((n, tap, k) => n * (kernel[k] ?? 1) + ((kernel[k] ?? 1) - 1 - tap), 0);
      for (let e = 0; e < block; e++) data[i * block + e] = t.data[e * taps + from] ?? 0;
    }
    return { dtype: t.dtype, shape, data };
  });
}

/** The index of element `at` of a row-major tensor. */
function positionOf(at: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1, rest = at; axis >= 0; axis--) {
    const extent = shape[axis] ?? 1;
    index.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return index;
}
