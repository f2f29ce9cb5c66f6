/** A row of a constant matrix times a vector of elements, as straight-line sums that rows share. */
import { binary, float, int, select, type Expr } from '../../ir/expr.js';
import type { Rows } from './winograd-matrices.js';

/** Columns that are summed first, since other rows have the same sum or its opposite: those of equal parity, or those of opposite points. */
export type Grouping = 'parity' | 'pairs';

/** Row `index` of the matrix times the vector of `element(column)`: a chain of selections, each of which is one sum. */
export function combination(index: Expr, matrix: Rows, grouping: Grouping, element: (column: number) => Expr): Expr {
  const sums = matrix.map((row) => sumOf(row, grouping, element));
  const last = sums.pop() ?? float(0);
  return sums.reduceRight((otherwise, sum, i) => select(binary('eq', index, int(i)), sum, otherwise), last);
}

/** Sums of groups, each divided by the factor of its last element. */
function sumOf(row: readonly number[], grouping: Grouping, element: (column: number) => Expr): Expr {
  const group = (column: number): number => (grouping === 'parity' ? column % 2 : column === row.length - 1 ? -1 : Math.ceil(column / 2));
  const groups = new Map<number, [column: number, factor: number][]>();
  row.forEach((factor, column) => {
    if (factor !== 0) groups.set(group(column), [...groups.get(group(column)) ?? [], [column, factor]]);
  });
  return weighted([...groups.values()].map((terms): [Expr, number] => {
    const factor = terms.at(-1)?.[1] ?? 1;
    return [weighted(terms.map(([column, own]): [Expr, number] => [element(column), own / factor])), factor];
  }));
}

/** Factors of one first: they need no product. */
function weighted(terms: readonly (readonly [Expr, number])[]): Expr {
  const ordered = [...terms.filter(([, factor]) => factor === 1), ...terms.filter(([, factor]) => factor !== 1)];
  return ordered.reduce<Expr | undefined>((sum, [value, factor]) => {
    if (sum === undefined) return factor === 1 ? value : binary('mul', value, float(factor));
    const size = Math.abs(factor);
    return binary(factor > 0 ? 'add' : 'sub', sum, size === 1 ? value : binary('mul', value, float(size)));
  }, undefined) ?? float(0);
}
