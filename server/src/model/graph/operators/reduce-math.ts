/** Reductions that are no single combiner: norms, logarithms of sums, products, positions of extremes. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { compute, reduce } from '../../../dag/create.js';
import { numberedAxes } from '../../../dag/operators/index-forms.js';
import { as, equal, fn, minus, number, over, plus, times } from '../../../dag/operators/scalar-forms.js';
import { elementCount, type Buffer } from '../../../ir/buffer.js';
import { isFloat, isUnsigned } from '../../../ir/dtype.js';
import { cast, int, load, select, type Expr, type Var } from '../../../ir/expr.js';
import type { Combiner } from '../../../ir/program.js';
import { neutralValue } from '../../../ir/scalar.js';
import type { ComputeOp } from '../../../dag/op.js';
import type { Operator, OperatorCall } from '../operator.js';
import { axisOf, optionalNumbers, required } from '../operator-input.js';
import { tensorOperator } from './tensor-operator.js';

interface ReduceKind {
  readonly label: string;
  readonly combiner: Combiner;
  /** What is combined. */
  readonly term?: (x: Expr) => Expr;
  /** What becomes of the combination. */
  readonly finish?: (x: Expr, count: number) => Expr;
  /** The value of an empty reduction; default: the combiner's neutral value. */
  readonly empty?: number;
}

/** The reduced dimensions, sorted; undefined: none, the input is the output. */
function axesOf({ inputs, attributes }: OperatorCall, rank: number): Result<readonly number[] | undefined> {
  const given = optionalNumbers(inputs[1], attributes.ints('axes'), 'axes');
  if (!given.ok) return given;
  const named = given.value ?? [];
  if (named.length === 0) return ok(attributes.number('noop_with_empty_axes', 0) === 1 ? undefined : Array.from({ length: rank }, (_, i) => i));
  const axes: number[] = [];
  for (const axis of named) {
    const from0 = axisOf(axis, rank);
    if (!from0.ok) return from0;
    axes.push(from0.value);
  }
  return ok([...new Set(axes)].sort((a, b) => a - b));
}

/** Index of the input for an output index and the reduced ones; `keep`: reduced dimensions stay with extent 1. */
export function reducedIndex(rank: number, axes: readonly number[], keep: boolean, at: readonly Expr[], r: readonly Expr[]): Expr[] {
  let nextKept = 0;
  return Array.from({ length: rank }, (_, i) => {
    const k = axes.indexOf(i);
    if (k < 0) return at[nextKept++] ?? int(0);
    if (keep) nextKept++;
    return r[k] ?? int(0);
  });
}

export function reduceStage(name: string, x: Buffer, axes: readonly number[], keep: boolean, combiner: Combiner, term: (element: Expr, index: readonly Expr[]) => Expr): ComputeOp {
  const shape = x.shape.flatMap((extent, i) => (!axes.includes(i) ? [extent] : keep ? [1] : []));
  const extents = axes.map((axis) => [`k${axis}`, x.shape[axis] ?? 1] as const);
  return reduce(name, shape, numberedAxes('ax', shape.length), extents, combiner, (at: readonly Var[], r: readonly Var[]) => {
    const index = reducedIndex(x.shape.length, axes, keep, at, r);
    return term(load(x, index), index);
  });
}

function reduceKind(kind: ReduceKind): Operator {
  return tensorOperator((call) => {
    const x = required(call.inputs, 0);
    if (!x.ok) return x;
    const { dtype, shape: extents } = x.value;
    const found = axesOf(call, extents.length);
    if (!found.ok) return found;
    const keep = call.attributes.number('keepdims', 1) === 1;
    const axes = found.value;
    const shape = axes === undefined ? extents : extents.flatMap((extent, i) => (!axes.includes(i) ? [extent] : keep ? [1] : []));
    const term = kind.term ?? ((e: Expr): Expr => e);
    const count = (axes ?? []).reduce((n, axis) => n * (extents[axis] ?? 1), 1);
    const empty = kind.empty ?? infiniteNeutral(kind.combiner, dtype);
    return ok([{
      label: kind.label, pattern: axes === undefined || axes.length === 0 ? 'injective' : 'anchor', dtype, shape, ...(count === 0 && elementCount(shape) > 0 ? { filled: empty } : {}),
      stages: ([buffer]) => {
        const data = defined(buffer, 'the input');
        const names = numberedAxes('ax', shape.length);
        const finish = kind.finish ?? ((e: Expr): Expr => e);
        if (axes === undefined || axes.length === 0) return [compute(`T_${kind.label}`, shape, names, (at) => finish(term(load(data, at)), 1))];
        // Conditions are combined as integers.
        const combined = reduceStage(`${data.name}_red`, data, axes, keep, kind.combiner, (e) => term(dtype === 'bool' ? as('int32', e) : e));
        if (kind.finish === undefined && dtype !== 'bool') return [combined];
        return [combined, compute(`T_${kind.label}`, shape, names, (at) => as(dtype, finish(load(combined.output, at), count)))];
      },
    }]);
  });
}

function infiniteNeutral(combiner: Combiner, dtype: Parameters<typeof neutralValue>[1]): number {
  if (isFloat(dtype) && combiner === 'max') return -Infinity;
  if (isFloat(dtype) && combiner === 'min') return Infinity;
  return neutralValue(combiner, dtype);
}

/** log(sum(exp(x))), with the largest element taken out of the exponent. */
const logSumExp = tensorOperator((call) => {
  const x = required(call.inputs, 0);
  if (!x.ok) return x;
  const { dtype, shape: extents } = x.value;
  const found = axesOf(call, extents.length);
  if (!found.ok) return found;
  const axes = found.value ?? [];
  const keep = call.attributes.number('keepdims', 1) === 1;
  const shape = extents.flatMap((extent, i) => (!axes.includes(i) ? [extent] : keep ? [1] : []));
  const count = axes.reduce((n, axis) => n * (extents[axis] ?? 1), 1);
  return ok([{
    label: 'logsumexp', pattern: axes.length === 0 ? 'injective' : 'anchor', dtype, shape, ...(count === 0 ? { filled: -Infinity } : {}),
    stages: ([buffer]) => {
      const data = defined(buffer, 'the input');
      if (axes.length === 0) return [compute('T_identity', shape, numberedAxes('ax', shape.length), (at) => load(data, at))];
      const largest = reduceStage('T_max', data, axes, keep, 'max', (e) => e);
      const ofIndex = (index: readonly Expr[]): Expr[] => index.flatMap((e, i) => (!axes.includes(i) ? [e] : keep ? [int(0)] : []));
      const sum = reduceStage('T_sum', data, axes, keep, 'add', (e, index) => fn('exp', minus(e, load(largest.output, ofIndex(index)))));
      return [largest, sum, compute('T_logsumexp', shape, numberedAxes('ax', shape.length), (at) => plus(fn('log', load(sum.output, at)), load(largest.output, at)))];
    },
  }]);
});

/** The position of the largest or smallest element along one axis; of several, the first or last. */
function argReduce(largest: boolean): Operator {
  return tensorOperator((call) => {
    const x = required(call.inputs, 0);
    if (!x.ok) return x;
    const axis = axisOf(call.attributes.number('axis', 0), x.value.shape.length);
    if (!axis.ok) return axis;
    const extent = x.value.shape[axis.value] ?? 1;
    if (extent === 0) return err('an axis of extent 0 has no largest element');
    const keep = call.attributes.number('keepdims', 1) === 1;
    const last = call.attributes.number('select_last_index', 0) === 1;
    const shape = x.value.shape.flatMap((n, i) => (i !== axis.value ? [n] : keep ? [1] : []));
    return ok([{
      label: largest ? 'argmax' : 'argmin', pattern: 'anchor', dtype: 'int64', shape,
      stages: ([buffer]) => {
        const data = defined(buffer, 'the input');
        const extreme = reduceStage('T_extreme', data, [axis.value], keep, largest ? 'max' : 'min', (e) => e);
        const kept = (index: readonly Expr[]): Expr[] => index.flatMap((e, i) => (i !== axis.value ? [e] : keep ? [int(0)] : []));
        const position = reduceStage('T_position', data, [axis.value], keep, last ? 'max' : 'min', (e, index) =>
          select(equal(e, load(extreme.output, kept(index))), index[axis.value] ?? int(0), int(last ? 0 : extent - 1)));
        return [extreme, position, compute(largest ? 'T_argmax' : 'T_argmin', shape, numberedAxes('ax', shape.length), (at) => cast('int64', load(position.output, at)))];
      },
    }]);
  });
}

const square = (x: Expr): Expr => times(x, x);
const size = (x: Expr): Expr => (isUnsigned(x.dtype) ? x : fn(isFloat(x.dtype) ? 'fabs' : 'abs', x));
/** Of integers by way of doubles. */
const root = (x: Expr): Expr => (isFloat(x.dtype) ? fn('sqrt', x) : cast(x.dtype, fn('sqrt', cast('float64', x))));

export const reduceMean = reduceKind({ label: 'mean', combiner: 'add', finish: (x, count) => over(x, number(count, x.dtype)), empty: NaN });
export const reduceSum = reduceKind({ label: 'sum', combiner: 'add' });
export const reduceMax = reduceKind({ label: 'max', combiner: 'max' });
export const reduceMin = reduceKind({ label: 'min', combiner: 'min' });

export const REDUCE_OPERATORS: Readonly<Record<string, Operator>> = {
  ArgMax: argReduce(true),
  ArgMin: argReduce(false),
  ReduceL1: reduceKind({ label: 'l1', combiner: 'add', term: size }),
  ReduceL2: reduceKind({ label: 'l2', combiner: 'add', term: square, finish: root }),
  ReduceLogSum: reduceKind({ label: 'log_sum', combiner: 'add', finish: (x) => fn('log', x), empty: -Infinity }),
  ReduceLogSumExp: logSumExp,
  ReduceProd: reduceKind({ label: 'prod', combiner: 'mul' }),
  ReduceSumSquare: reduceKind({ label: 'sum_square', combiner: 'add', term: square }),
};
