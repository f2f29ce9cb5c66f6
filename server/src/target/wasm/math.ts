/** The mathematical functions that modules import: as the reference evaluation has them, computed in double precision and rounded once. */
import { MATH_FUNCTIONS } from '../../ir/math-functions.js';

/** Not imported: there are instructions for them, or they give truth values. */
const INLINE: ReadonlySet<string> = new Set(['sqrt', 'rsqrt']);

export interface MathImport { readonly name: string; readonly arity: 1 | 2 }

/** In the order of the import section; a host gives each as `env.NAME`. */
export const MATH_IMPORTS: readonly MathImport[] = [...MATH_FUNCTIONS].flatMap(([name, f]) => (f.predicate === true || f.integer === true || INLINE.has(name) ? [] : [{ name, arity: f.arity }]));

/** The functions themselves, for JavaScript hosts. */
export function mathImports(): Record<string, (x: number, y: number) => number> {
  return Object.fromEntries(MATH_IMPORTS.map(({ name }) => [name, MATH_FUNCTIONS.get(name)?.apply ?? (() => NaN)]));
}
