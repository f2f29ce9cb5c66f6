/** The constant matrices of winograd convolutions, by the Cook-Toom construction (Lavin and Gray, 2015; spec key-resolution, 3.3). */
import { compute } from '../../../dag/create.js';
import type { ComputeOp } from '../../../dag/op.js';
import type { DType } from '../../../ir/dtype.js';
import { binary, float, int, select, type Expr } from '../../../ir/expr.js';

export type Matrix = readonly (readonly number[])[];

/** Interpolation points by tile size; infinity comes last and is not named. */
const POINTS: Readonly<Record<number, readonly number[]>> = {
  2: [0, -1, 1], 3: [0, -1, 1, 0.5], 4: [0, -1, 1, 0.5, -2], 5: [0, -1, 1, 0.5, -2, -0.5], 6: [0, -1, 1, 0.5, -0.5, 2, -2],
};

/** Coefficients of the product of (x - root), constant term first. */
function fromRoots(roots: readonly number[]): number[] {
  return roots.reduce<number[]>((poly, root) => [...poly, 0].map((_, i) => (poly[i - 1] ?? 0) - root * (poly[i] ?? 0)), [1]);
}

/** For tiles of `tile` outputs and a kernel of 3: the transforms of data, weights and results; undefined for sizes without points. */
export function winogradMatrices(tile: number): { readonly data: Matrix; readonly weights: Matrix; readonly inverse: Matrix } | undefined {
  const points = POINTS[tile];
  if (points === undefined) return undefined;
  const alpha = points.length + 1;
  const columns = points.map((_, j) => fromRoots(points.filter((__, k) => k !== j)));
  const [first] = columns;
  if (first !== undefined && (first[0] ?? 0) < 0) columns[0] = first.map((c) => -c);
  columns.push(fromRoots(points));
  const data = Array.from({ length: alpha }, (_, i) => columns.map((column) => (column[i] ?? 0) + 0));
  const inverse = Array.from({ length: alpha }, (_, i) => Array.from({ length: tile }, (__, j) => {
    const point = points[i];
    return point === undefined ? (j === tile - 1 ? 1 : 0) : point ** j + 0;
  }));
  const weights = Array.from({ length: alpha }, (_, i) => {
    const point = points[i];
    if (point === undefined) return [0, 0, 1];
    const scale = points.reduce((product, other, k) => (k === i ? product : product * (point - other)), 1);
    return [0, 1, 2].map((j) => point ** j / (i === 0 ? Math.abs(scale) : scale) + 0);
  });
  return { data, weights, inverse };
}

/** A matrix as a stage: one chain of selections, the last element outermost. */
export function matrixStage(name: string, matrix: Matrix, dtype: DType): ComputeOp {
  const [rows, columns] = [matrix.length, matrix[0]?.length ?? 0];
  return compute(name, [rows, columns], ['i', 'j'], ([i = int(0), j = int(0)]) => {
    let value: Expr = float(0, dtype);
    matrix.forEach((row, r) => row.forEach((element, c) => {
      const here = binary('and', binary('eq', binary('floormod', i, int(rows)), int(r)), binary('eq', binary('floormod', j, int(columns)), int(c)));
      value = select(here, float(Math.fround(element), dtype), value);
    }));
    return value;
  }, { constMatrix: true });
}
