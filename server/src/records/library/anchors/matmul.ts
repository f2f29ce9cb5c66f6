/** Matrix products (spec key-resolution, 3.4). */
import { reduce } from '../../../dag/create.js';
import { binary, int, load, type Expr } from '../../../ir/expr.js';
import { scaled } from '../../../dag/operators/index-forms.js';
import { inputOf, type Anchor, type Problem, type Shape } from '../anchor.js';

/** Whether the first and the second matrix are transposed; the usual dense layer is NT. */
const TRANSPOSED = ['NT', 'NN', 'TN', 'TT'] as const;
const VECTORS = [16, 8, 4, 32, 64];

/** Extents of a product of matrices laid out as `how` says: [rows, columns, length of the sum]. */
function product(how: string, x: Shape, y: Shape): readonly [number, number, number] | undefined {
  const [m, k] = how.startsWith('T') ? [x[1], x[0]] : [x[0], x[1]];
  const [n, k2] = how.endsWith('T') ? [y[0], y[1]] : [y[1], y[0]];
  return m === undefined || n === undefined || k === undefined || k !== k2 ? undefined : [m, n, k];
}

export function* denseAnchors(problem: Problem): Generator<Anchor> {
  const { era, out } = problem;
  const [x, w] = problem.inputs;
  if (x?.length !== 2 || w?.length !== 2 || out.length !== 2) return;
  for (const how of TRANSPOSED) {
    const extents = product(how, x, w);
    if (extents === undefined || extents[0] !== out[0] || extents[1] !== out[1]) continue;
    const named: readonly (readonly [string, string, string])[] = [
      ...(how === 'NT' ? [['T_dense', 'i', 'j'] as const] : []),
      ...(era === 'old' ? [] : [[`T_matmul_${how}`, 'i0', 'i1'] as const, [`T_matmul_${how}`, 'i', 'j'] as const]),
      ...(how === 'NT' ? [] : [['T_matmul', 'i', 'j'] as const, ['compute', 'i', 'j'] as const]),
    ];
    for (const [name, ...axes] of named) {
      const data = inputOf(problem, 0, x);
      const weights = inputOf(problem, 1, w, true);
      const op = reduce(name, out, axes, { k: extents[2] }, 'add', ([i = int(0), j = int(0)], [k = int(0)]) =>
        binary('mul', load(data.output, how.startsWith('T') ? [k, i] : [i, k]), load(weights.output, how.endsWith('T') ? [j, k] : [k, j])));
      yield { family: how === 'NT' ? 'dense' : `matmul ${how}`, ops: [data, weights, op], output: op.output, inputs: 2, assumptions: [] };
    }
  }
}

/** Dense layers of 2020 on x86: sums of vectors first (two stages). */
export function* vectorDenseAnchors(problem: Problem): Generator<Anchor> {
  const [x, w] = problem.inputs;
  if (x?.length !== 2 || w?.length !== 2 || problem.out.length !== 2 || x[1] !== w[1] || x[0] !== problem.out[0] || w[0] !== problem.out[1]) return;
  const [rows = 1, length = 1] = x;
  for (const vector of VECTORS.filter((v) => length % v === 0)) {
    const data = inputOf(problem, 0, x);
    const weights = inputOf(problem, 1, w, true);
    const parts = reduce('compute', [rows, w[0] ?? 1, vector], ['z', 'y', 'x'], { k: length / vector }, 'add', ([z = int(0), y = int(0), v = int(0)], [k = int(0)]) => {
      const at = binary('add', scaled(k, vector), v);
      return binary('mul', load(data.output, [z, at]), load(weights.output, [y, at]));
    });
    const sum = reduce('compute', problem.out, ['y', 'x'], { kk: vector }, 'add', ([y = int(0), v = int(0)], [kk = int(0)]) => load(parts.output, [y, v, kk]));
    yield { family: `dense in vectors of ${vector}`, ops: [data, weights, parts, sum], output: sum.output, inputs: 2, assumptions: [] };
  }
}

export function* batchMatmulAnchors(problem: Problem): Generator<Anchor> {
  const { era, out } = problem;
  const [x, y] = problem.inputs;
  if (x?.length !== 3 || y?.length !== 3 || out.length !== 3) return;
  const batch = Math.max(x[0] ?? 1, y[0] ?? 1);
  if (out[0] !== batch || ![1, batch].includes(x[0] ?? 1) || ![1, batch].includes(y[0] ?? 1)) return;
  for (const how of TRANSPOSED) {
    const extents = product(how, x.slice(1), y.slice(1));
    if (extents === undefined || extents[0] !== out[1] || extents[1] !== out[2]) continue;
    for (const name of era === 'old' ? ['compute'] : [`T_batch_matmul_${how}`, 'compute']) {
      const [a, b] = [inputOf(problem, 0, x), inputOf(problem, 1, y)];
      const op = reduce(name, out, ['b', 'i', 'j'], { k: extents[2] }, 'add', ([n = int(0), i = int(0), j = int(0)], [k = int(0)]) => {
        const of = (shape: Shape): Expr => (shape[0] === 1 && batch !== 1 ? int(0) : n);
        return binary('mul', load(a.output, [of(x), ...(how.startsWith('T') ? [k, i] : [i, k])]), load(b.output, [of(y), ...(how.endsWith('T') ? [j, k] : [k, j])]));
      });
      yield { family: `batch matmul ${how}`, ops: [a, b, op], output: op.output, inputs: 2, assumptions: [] };
    }
  }
}
