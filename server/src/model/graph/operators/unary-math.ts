/** Element-wise functions of one input and their activations, as ONNX defines them. */
import { by, either, both, fn, greater, larger, less, minus, number, over, plus, smaller, times } from '../../../dag/operators/scalar-forms.js';
import { isFloat, isUnsigned } from '../../../ir/dtype.js';
import { call, not, select, type Expr } from '../../../ir/expr.js';
import type { Attributes } from '../attributes.js';
import type { Operator } from '../operator.js';
import { unaryMath } from './elementwise.js';

const SAME_NAME = ['cos', 'cosh', 'sin', 'sinh', 'tan', 'acos', 'acosh', 'asin', 'asinh', 'atan', 'atanh', 'ceil', 'floor', 'log'] as const;

const zero = (x: Expr): Expr => number(0, x.dtype);
const one = (x: Expr): Expr => number(1, x.dtype);
/** exp(x) - 1 without loss near 0. */
const expm1 = (x: Expr): Expr => fn('expm1', x);

function sign(x: Expr): Expr {
  // What is neither more nor less than 0 is 0 or NaN.
  return select(greater(x, zero(x)), one(x), isUnsigned(x.dtype) ? x : select(less(x, zero(x)), number(-1, x.dtype), x));
}

function gelu(x: Expr, attributes: Attributes): Expr {
  const half = by(times, x, 0.5);
  if (attributes.text('approximate', 'none') !== 'tanh') return times(half, by(plus, fn('erf', by(times, x, Math.SQRT1_2)), 1));
  const inner = by(times, plus(x, by(times, times(x, times(x, x)), 0.044715)), Math.sqrt(2 / Math.PI));
  return times(half, by(plus, fn('tanh', inner), 1));
}

/** log(1 + exp(x)), also where exp(x) is more than the type holds. */
function softplus(x: Expr): Expr {
  return plus(larger(x, zero(x)), fn('log1p', fn('exp', minus(zero(x), larger(x, minus(zero(x), x))))));
}

function shrink(x: Expr, attributes: Attributes): Expr {
  const lambda = attributes.number('lambd', 0.5);
  const bias = attributes.number('bias', 0);
  return select(by(less, x, -lambda), by(plus, x, bias), select(by(greater, x, lambda), by(minus, x, bias), zero(x)));
}

function isInf(x: Expr, attributes: Attributes): Expr {
  const sides: Expr[] = [];
  if (attributes.number('detect_positive', 1) === 1) sides.push(greater(x, zero(x)));
  if (attributes.number('detect_negative', 1) === 1) sides.push(less(x, zero(x)));
  const [first, second] = sides;
  const infinite = call('tir.isinf', [x], 'bool');
  if (first === undefined) return both(infinite, not(infinite));
  return both(infinite, second === undefined ? first : either(first, second));
}

function elu(x: Expr, alpha: number): Expr {
  return select(less(x, zero(x)), by(times, expm1(x), alpha), x);
}

export const UNARY_OPERATORS: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(SAME_NAME.map((name) => [`${name.charAt(0).toUpperCase()}${name.slice(1)}`, unaryMath(name, (x) => fn(name, x))])),
  Abs: unaryMath('abs', (x) => (isUnsigned(x.dtype) ? x : fn(isFloat(x.dtype) ? 'fabs' : 'abs', x))),
  BitwiseNot: unaryMath('bitwise_not', (x) => fn('bitwise_not', x)),
  Celu: unaryMath('celu', (x, a) => {
    const alpha = a.number('alpha', 1);
    return plus(larger(x, zero(x)), smaller(zero(x), by(times, expm1(by(over, x, alpha)), alpha)));
  }),
  Elu: unaryMath('elu', (x, a) => elu(x, a.number('alpha', 1))),
  Gelu: unaryMath('gelu', gelu),
  IsInf: unaryMath('isinf', isInf, 'bool'),
  IsNaN: unaryMath('isnan', (x) => call('tir.isnan', [x], 'bool'), 'bool'),
  Mish: unaryMath('mish', (x) => times(x, fn('tanh', softplus(x)))),
  Not: unaryMath('logical_not', (x) => not(x)),
  Reciprocal: unaryMath('reciprocal', (x) => over(one(x), x)),
  Round: unaryMath('round', (x) => fn('nearbyint', x)),
  Selu: unaryMath('selu', (x, a) => by(times, elu(x, a.number('alpha', 1.6732632423543772)), a.number('gamma', 1.0507009873554805))),
  Shrink: unaryMath('shrink', shrink),
  Sign: unaryMath('sign', sign),
  Softplus: unaryMath('softplus', softplus),
  Softsign: unaryMath('softsign', (x) => over(x, by(plus, fn('fabs', x), 1))),
  Swish: unaryMath('swish', (x, a) => times(x, fn('sigmoid', by(times, x, a.number('alpha', 1))))),
  ThresholdedRelu: unaryMath('thresholded_relu', (x, a) => select(by(greater, x, a.number('alpha', 1)), x, zero(x))),
};
