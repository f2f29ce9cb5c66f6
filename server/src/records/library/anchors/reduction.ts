/** Softmax, sums and means, and pieces of normalizations (spec key-resolution, 3.6). */
import { compute, reduce } from '../../../dag/create.js';
import type { ComputeOp } from '../../../dag/op.js';
import { broadcastStage, unaryStage } from '../../../dag/operators/elementwise.js';
import { numberedAxes } from '../../../dag/operators/index-forms.js';
import { reduction } from '../../../dag/operators/reduction.js';
import { softmax } from '../../../dag/operators/softmax.js';
import { defined } from '../../../base/assert.js';
import { binary, call, float, int, load } from '../../../ir/expr.js';
import type { Combiner } from '../../../ir/program.js';
import { scalarStage } from '../tail.js';
import { inputOf, othersFit, sameShape, type Anchor, type Problem } from '../anchor.js';

const NOT_SAID = 'arguments of calls as the library writes them';

export function* softmaxAnchors(problem: Problem): Generator<Anchor> {
  const [x] = problem.inputs;
  if (x === undefined || x.length > 5 || !sameShape(x, problem.out) || !othersFit(problem, 1)) return;
  for (let axis = x.length - 1; axis >= 0; axis--) {
    const data = inputOf(problem, 0, x);
    const stages = softmax(data.output, axis);
    yield { family: 'softmax', ops: [data, ...stages], output: lastOf(stages).output, inputs: 1, assumptions: [NOT_SAID] };
  }
  if (x.length === 2) yield logSoftmax(problem);
}

function logSoftmax(problem: Problem): Anchor {
  const [shape = []] = problem.inputs;
  const data = inputOf(problem, 0, shape);
  const [rows = 1, columns = 1] = shape;
  const x = data.output;
  const largest = reduce('T_softmax_maxelem', [rows], ['i0'], { k: columns }, 'max', ([i = int(0)], [k = int(0)]) => load(x, [i, k]));
  const sum = reduce('compute', [rows], ['i0'], { k: columns }, 'add', ([i = int(0)], [k = int(0)]) =>
    call('tir.exp', [binary('sub', load(x, [i, k]), load(largest.output, [i]))], x.dtype));
  const log = compute('compute', shape, ['i0', 'i1'], ([i = int(0), j = int(0)]) =>
    binary('sub', binary('sub', load(x, [i, j]), load(largest.output, [i])), call('tir.log', [load(sum.output, [i])], x.dtype)));
  return { family: 'log-softmax', ops: [data, largest, sum, log], output: log.output, inputs: 1, assumptions: [] };
}

/** Which axes went away (or became 1, where `keepDims`) between the shapes. */
function reducedAxes(x: readonly number[], out: readonly number[]): { readonly axes: readonly number[]; readonly keepDims: boolean }[] {
  const all = x.map((_, i) => i);
  if (x.length === out.length) {
    const changed = all.filter((i) => out[i] !== x[i]);
    const ones = all.filter((i) => x[i] === 1);
    if (!changed.every((i) => out[i] === 1)) return [];
    const last = x.length - 1;
    return (changed.length > 0 ? [changed, [...changed, ...ones].sort((a, b) => a - b)] : [[last]]).map((axes) => ({ axes, keepDims: true }));
  }
  const found: number[][] = [];
  for (let set = 1; set < 1 << x.length; set++) {
    const axes = all.filter((i) => (set >> i) % 2 === 1);
    const kept = all.filter((i) => (set >> i) % 2 === 0).map((i) => x[i] ?? 1);
    if (sameShape(kept, out) || (kept.length === 0 && sameShape([1], out))) found.push(axes);
  }
  return found.map((axes) => ({ axes, keepDims: false }));
}

export function* reductionAnchors(problem: Problem): Generator<Anchor> {
  const { out } = problem;
  const [x] = problem.inputs;
  if (x === undefined || x.length > 5 || out.length > x.length || !othersFit(problem, 1)) return;
  for (const { axes, keepDims } of reducedAxes(x, out)) {
    for (const [combiner, mean] of [['add', true], ['add', false], ['max', false], ['min', false]] as readonly (readonly [Combiner, boolean])[]) {
      const data = inputOf(problem, 0, x);
      const stages = reduction(data.output, { combiner, mean, axes, keepDims });
      yield { family: mean ? 'mean' : combiner === 'add' ? 'sum' : combiner, ops: [data, ...stages], output: lastOf(stages).output, inputs: 1, assumptions: [] };
    }
  }
}

/** The mean of squared differences from a mean that is an input. */
export function* varianceAnchors(problem: Problem): Generator<Anchor> {
  const { out } = problem;
  const [x, m] = problem.inputs;
  if (x === undefined || m?.length !== x.length || !sameShape(m, out)) return;
  for (const { axes, keepDims } of reducedAxes(x, out)) {
    const [data, mean] = [inputOf(problem, 0, x), inputOf(problem, 1, m)];
    const centred = broadcastStage('T_subtract', 'sub', data.output, mean.output, x);
    const square = compute('T_multiply', x, numberedAxes('ax', x.length), (at) => binary('mul', load(centred.output, at), load(centred.output, at)));
    const stages = reduction(square.output, { combiner: 'add', mean: true, axes, keepDims });
    yield { family: 'variance', ops: [data, mean, centred, square, ...stages], output: lastOf(stages).output, inputs: 2, assumptions: [] };
  }
}

/** Nothing but element-wise stages on the first input. */
export function* inputAnchors(problem: Problem): Generator<Anchor> {
  const [x] = problem.inputs;
  if (x === undefined || x.length !== problem.out.length || !x.every((extent, i) => extent === problem.out[i] || extent === 1)) return;
  const data = inputOf(problem, 0, x);
  yield { family: 'element-wise', ops: [data], output: data.output, inputs: 1, assumptions: [] };
}

/** The end of a layer norm: (x - mean) / sqrt(variance + epsilon) * gamma + beta, whose last two come as tails. */
export function* normalizationAnchors(problem: Problem): Generator<Anchor> {
  const [x, m, v] = problem.inputs;
  if (x === undefined || !sameShape(x, problem.out) || m?.length !== x.length || !sameShape(m, v)) return;
  for (const epsilon of [1e-5, 1e-12, 1e-6, 1e-3]) {
    const [data, mean, variance] = [inputOf(problem, 0, x), inputOf(problem, 1, m), inputOf(problem, 2, m)];
    const centred = broadcastStage('T_subtract', 'sub', data.output, mean.output, x);
    const constant = scalarStage(epsilon, problem.dtype);
    const shifted = compute('T_add', m, numberedAxes('ax', m.length), (at) => binary('add', load(variance.output, at), load(constant.output, [])));
    const scale = unaryStage('tensor', shifted.output, (e) => binary('div', float(1, problem.dtype), call('tir.sqrt', [e], problem.dtype)));
    const scaled = broadcastStage('T_multiply', 'mul', centred.output, scale.output, x);
    yield { family: 'normalization', ops: [data, mean, centred, variance, constant, shifted, scale, scaled], output: scaled.output, inputs: 3, assumptions: [] };
  }
}

function lastOf(stages: readonly ComputeOp[]): ComputeOp {
  return defined(stages.at(-1), 'a stage');
}
