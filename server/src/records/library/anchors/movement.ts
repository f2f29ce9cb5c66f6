/** Elements in another order, of an input or of a product's result (spec key-resolution, 3.6 and 4). */
import { transposeStage } from '../../../dag/operators/movement.js';
import { inputOf, sameShape, type Anchor, type Family, type Problem } from '../anchor.js';

const LARGEST_RANK = 5;

export function* transposeAnchors(problem: Problem): Generator<Anchor> {
  const [x] = problem.inputs;
  if (x?.length !== problem.out.length || x.length > LARGEST_RANK) return;
  for (const order of orders(x.length)) {
    if (!sameShape(order.map((axis) => x[axis] ?? 1), problem.out)) continue;
    const data = inputOf(problem, 0, x);
    const stage = transposeStage(data.output, order);
    yield { family: `transpose ${order.join('')}`, ops: [data, stage], output: stage.output, inputs: 1, assumptions: [] };
  }
}

/** Anchors of `families` whose result is transposed into the problem's output. */
export function transposedResult(families: readonly Family[]): Family {
  return function* (problem: Problem): Generator<Anchor> {
    if (problem.out.length > LARGEST_RANK - 1) return;
    for (const order of orders(problem.out.length)) {
      const out = new Array<number>(order.length).fill(1);
      order.forEach((from, to) => (out[from] = problem.out[to] ?? 1));
      for (const family of families) {
        for (const anchor of family({ ...problem, out })) {
          if (!sameShape(anchor.output.shape, out)) continue;
          const stage = transposeStage(anchor.output, order);
          yield { family: `${anchor.family} + transpose ${order.join('')}`, ops: [...anchor.ops, stage], output: stage.output, inputs: anchor.inputs, assumptions: anchor.assumptions };
        }
      }
    }
  };
}

/** All orders of `rank` axes but the plain one. */
function orders(rank: number): number[][] {
  const all = (left: readonly number[]): number[][] => (left.length === 0 ? [[]] : left.flatMap((axis) => all(left.filter((other) => other !== axis)).map((rest) => [axis, ...rest])));
  return all(Array.from({ length: rank }, (_, i) => i)).filter((order) => order.some((axis, i) => axis !== i));
}
