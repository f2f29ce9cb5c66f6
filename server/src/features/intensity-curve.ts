import { CURVE, CURVE_POINTS } from './layout.js';

/**
 * Arithmetic intensity (float operations per byte touched) at ten points of the work, interpolated between loop levels. `ops` and
 * `bytes` are cumulative per loop, innermost first, `levels` of them; all zeros without float operations or loops.
 */
export function writeCurve(rows: Float64Array, row: number, ops: Float64Array, bytes: Float64Array, levels: number): void {
  const total = levels === 0 ? 0 : ops[levels - 1]!;
  if (total <= 0) {
    rows.fill(0, row + CURVE, row + CURVE + CURVE_POINTS);
    return;
  }
  let pt = 0;
  for (let t = 1; t <= CURVE_POINTS; t++) {
    const x = Math.fround(Math.fround(total * t) / CURVE_POINTS);
    while (ops[pt]! < x - 1e-4) pt++;
    const here = ops[pt]! / bytes[pt]!;
    if (pt === 0) {
      rows[row + CURVE + t - 1] = here;
      continue;
    }
    const before = ops[pt - 1]! / bytes[pt - 1]!;
    const slope = (here - before) / (ops[pt]! - ops[pt - 1]!);
    rows[row + CURVE + t - 1] = before + slope * (x - ops[pt - 1]!);
  }
}
