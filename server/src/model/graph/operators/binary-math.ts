/** Element-wise functions of two and more inputs: comparisons, logic, bits, powers, remainders, choices, conversions. */
import { defined } from '../../../base/assert.js';
import { err } from '../../../base/result.js';
import { as, atLeast, atMost, both, by, either, equal, fn, greater, larger, less, modulus, number, over, plus, smaller, times, unequal } from '../../../dag/operators/scalar-forms.js';
import { isFloat, isHalf, type DType } from '../../../ir/dtype.js';
import { cast as castTo, select, type Expr } from '../../../ir/expr.js';
import { dtypeOf } from '../../onnx/decode-tensor.js';
import type { Operator, OperatorCall } from '../operator.js';
import { binaryMath, elementwise } from './elementwise.js';

const compare = (name: string, op: (a: Expr, b: Expr) => Expr): Operator => binaryMath(name, op, 'bool');

/** Powers in the type of the base; those of integers by way of doubles. */
function power(base: Expr, exponent: Expr): Expr {
  const { dtype } = base;
  if (isFloat(dtype)) return fn('pow', base, as(dtype, exponent));
  return castTo(dtype, fn('pow', as('float64', base), as('float64', exponent)));
}

/** All inputs combined from the left. */
function variadic(name: string, op: (a: Expr, b: Expr) => Expr, finish: (x: Expr, count: number) => Expr = (x) => x): Operator {
  return elementwise({
    label: name, stage: `T_${name}`,
    value: (operands) => {
      const all = operands.flatMap((x) => x ?? []);
      return finish(all.reduce(op), all.length);
    },
  });
}

/** `many` for other than two inputs; `two` is the library's operator. */
function twoOrMore(two: Operator, many: Operator): Operator {
  const choose = (count: number): Operator => (count === 2 ? two : many);
  return {
    infer: (call) => choose(call.inputs.length).infer(call),
    fold: (call, inputs, type) => defined(two.fold, 'folding')(call, inputs, type),
    lower: (node, to) => defined(choose(node.inputs.length).lower, 'lowering')(node, to),
  };
}

export function maximum(two: Operator): Operator {
  return withoutFoldOfMany(twoOrMore(two, variadic('maximum', larger)));
}

export function minimum(two: Operator): Operator {
  return withoutFoldOfMany(twoOrMore(two, variadic('minimum', smaller)));
}

/** Integers are divided towards 0. */
export function division(floats: Operator): Operator {
  const integers = binaryMath('divide', (a, b) => fn('truncdiv', a, b));
  return {
    ...floats,
    lower: (node, to) => defined((isFloat(node.inputs[0]?.dtype ?? 'float32') ? floats : integers).lower, 'lowering')(node, to),
  };
}

/** Constants are folded by the two-input form only; others by evaluation. */
function withoutFoldOfMany(operator: Operator): Operator {
  const { infer, lower } = operator;
  return { infer, ...(lower === undefined ? {} : { lower }) };
}

const where: Operator = {
  ...elementwise({
    label: 'where', stage: 'T_where', least: 3, type: ({ inputs }) => inputs[1]?.dtype,
    value: ([c, a, b]) => select(defined(c, 'the condition'), defined(a, 'a value'), defined(b, 'a value')),
  }),
};

/** Bounds may be computed while the model runs. The lower one counts first, so that an upper one below it wins. */
export const clipAnywhere = elementwise({
  label: 'clip', stage: 'T_clip',
  value: ([x, low, high]) => {
    const from = low === undefined ? defined(x, 'the input') : larger(defined(x, 'the input'), low);
    return high === undefined ? from : smaller(from, high);
  },
});

function converting(target: (call: OperatorCall) => DType | undefined): Operator {
  return elementwise({ label: 'cast', stage: 'T_cast', type: target, value: ([x], { dtype }) => convert(dtype, defined(x, 'the input')) });
}

function convert(dtype: DType, x: Expr): Expr {
  if (x.dtype === dtype) return x;
  // Half precision passes through single precision.
  if (isHalf(x.dtype) && dtype === 'float64') return castTo('float64', castTo('float32', x));
  return castTo(dtype, x);
}

export const cast = converting(({ attributes }) => dtypeOf(attributes.number('to', 0)));

/** The second input only gives the type. */
export const castLike: Operator = {
  infer: (call) => (call.inputs[1] === undefined ? err('input 1 is missing') : converting(() => call.inputs[1]?.dtype).infer({ ...call, inputs: call.inputs.slice(0, 1) })),
  lower: (node, to) => defined(converting(() => node.inputs[1]?.dtype).lower, 'lowering')({ ...node, inputs: node.inputs.slice(0, 1) }, to),
};

export const BINARY_OPERATORS: Readonly<Record<string, Operator>> = {
  And: compare('logical_and', both),
  BitShift: binaryMath('bit_shift', (a, b, attributes) => fn(attributes.text('direction', 'LEFT') === 'LEFT' ? 'shift_left' : 'shift_right', a, b)),
  BitwiseAnd: binaryMath('bitwise_and', (a, b) => fn('bitwise_and', a, b)),
  BitwiseOr: binaryMath('bitwise_or', (a, b) => fn('bitwise_or', a, b)),
  BitwiseXor: binaryMath('bitwise_xor', (a, b) => fn('bitwise_xor', a, b)),
  Equal: compare('equal', equal),
  Greater: compare('greater', greater),
  GreaterOrEqual: compare('greater_equal', atLeast),
  Less: compare('less', less),
  LessOrEqual: compare('less_equal', atMost),
  Mean: variadic('mean', plus, (x, count) => (count === 1 ? x : over(x, number(count, x.dtype)))),
  Mod: binaryMath('mod', (a, b, attributes) => {
    if (attributes.number('fmod', 0) === 1) return fn(isFloat(a.dtype) ? 'fmod' : 'truncmod', a, b);
    return isFloat(a.dtype) ? fn('fmod', a, b) : modulus(a, b);
  }),
  Or: compare('logical_or', either),
  PRelu: binaryMath('nn_prelu', (x, slope) => select(less(x, number(0, x.dtype)), times(x, slope), x)),
  Pow: binaryMath('power', power),
  Sum: variadic('sum', plus),
  SwiGLU: binaryMath('swiglu', (gate, x, attributes) => times(times(gate, fn('sigmoid', by(times, gate, attributes.number('alpha', 1)))), x)),
  Where: where,
  Xor: compare('logical_xor', unequal),
};
