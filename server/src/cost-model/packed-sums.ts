/**
 * Gradient and hessian of a row as one double: both are rounded to integers, the hessian stands above the gradient, and sums of
 * up to 2^20 rows are exact. Halves the work and the memory of histograms and makes their differences exact.
 */

const GRADIENT_BITS = 30;
const HESSIAN_BITS = 22;
const UNIT = 2 ** GRADIENT_BITS;
const HALF = UNIT / 2;

export interface PackedScales { readonly gradient: number; readonly hessian: number }

/** Packs every row into `out`; rows of hessian 0 become 0. The scales say how many units 1 is. */
export function packGradients(gradients: Float64Array, hessians: Float64Array, out: Float64Array): PackedScales {
  const n = out.length;
  let maxG = 0;
  let maxH = 0;
  for (let r = 0; r < n; r++) {
    maxG = Math.max(maxG, Math.abs(gradients[r]!));
    maxH = Math.max(maxH, hessians[r]!);
  }
  const scales = {
    gradient: maxG > 0 ? Math.floor((HALF - 1) / n) / maxG : 1,
    hessian: maxH > 0 ? Math.floor((2 ** HESSIAN_BITS - 1) / n) / maxH : 1,
  };
  for (let r = 0; r < n; r++) {
    const h = hessians[r]!;
    out[r] = h > 0 ? Math.max(1, Math.round(h * scales.hessian)) * UNIT + Math.round(gradients[r]! * scales.gradient) : 0;
  }
  return scales;
}

/** The hessian of a sum, in its units. */
export function packedHessian(sum: number): number {
  return Math.floor((sum + HALF) / UNIT);
}

/** The gradient of a sum whose hessian is known, in its units. */
export function packedGradient(sum: number, hessian: number): number {
  return sum - hessian * UNIT;
}
