/** What the language itself has: functions, element types, attributes, keywords and assignments, each with a sentence. */
import type { DType } from '../../ir/dtype.js';
import { TYPE_NAMES } from '../../dag/tc-words.js';
import { MATH_FUNCTIONS } from '../../ir/math-functions.js';
import type { PrintContext } from '../../schedule/steps/definition.js';

/** `parameters`: names for signatures. */
export interface BuiltIn { readonly name: string; readonly parameters: readonly string[]; readonly summary: string }

type Words = (ctx: PrintContext) => string;

const FUNCTIONS: Readonly<Record<string, Words>> = {
  exp: ({ t }) => t('e to the power of x', {}), exp2: ({ t }) => t('2 to the power of x', {}), exp10: ({ t }) => t('10 to the power of x', {}), expm1: ({ t }) => t('e to the power of x, minus 1, exact near 0', {}),
  log: ({ t }) => t('natural logarithm', {}), log2: ({ t }) => t('logarithm to base 2', {}), log10: ({ t }) => t('logarithm to base 10', {}), log1p: ({ t }) => t('natural logarithm of 1 + x, exact near 0', {}),
  sqrt: ({ t }) => t('square root', {}), rsqrt: ({ t }) => t('1 divided by the square root', {}), cbrt: ({ t }) => t('cube root', {}),
  sin: ({ t }) => t('sine', {}), cos: ({ t }) => t('cosine', {}), tan: ({ t }) => t('tangent', {}), asin: ({ t }) => t('arc sine', {}), acos: ({ t }) => t('arc cosine', {}), atan: ({ t }) => t('arc tangent', {}),
  sinh: ({ t }) => t('hyperbolic sine', {}), cosh: ({ t }) => t('hyperbolic cosine', {}), tanh: ({ t }) => t('hyperbolic tangent', {}),
  asinh: ({ t }) => t('inverse hyperbolic sine', {}), acosh: ({ t }) => t('inverse hyperbolic cosine', {}), atanh: ({ t }) => t('inverse hyperbolic tangent', {}),
  sigmoid: ({ t }) => t('1 / (1 + exp(-x))', {}), erf: ({ t }) => t('error function', {}), erfc: ({ t }) => t('1 minus the error function', {}),
  floor: ({ t }) => t('largest whole number not above x', {}), ceil: ({ t }) => t('smallest whole number not below x', {}), trunc: ({ t }) => t('x without its fraction', {}),
  round: ({ t }) => t('nearest whole number, halves away from zero', {}), nearbyint: ({ t }) => t('nearest whole number, halves to even', {}), rint: ({ t }) => t('nearest whole number, halves to even', {}),
  fabs: ({ t }) => t('absolute value of a float', {}), abs: ({ t }) => t('absolute value of an integer', {}),
  isnan: ({ t }) => t('whether x is not a number', {}), isinf: ({ t }) => t('whether x is infinite', {}), isfinite: ({ t }) => t('whether x is finite', {}),
  pow: ({ t }) => t('x to the power of y', {}), atan2: ({ t }) => t('angle of the point (y, x)', {}), hypot: ({ t }) => t('square root of x² + y²', {}), fmod: ({ t }) => t('remainder of x / y with the sign of x', {}),
  bitwise_and: ({ t }) => t('bits that are set in both integers', {}), bitwise_or: ({ t }) => t('bits that are set in one of two integers', {}), bitwise_xor: ({ t }) => t('bits in which two integers differ', {}),
  bitwise_not: ({ t }) => t('all bits of an integer turned', {}), shift_left: ({ t }) => t('bits of x moved up by y', {}), shift_right: ({ t }) => t('bits of x moved down by y', {}),
  truncdiv: ({ t }) => t('quotient of the integers x / y, cut off towards zero', {}),
  truncmod: ({ t }) => t('remainder of the integers x / y with the sign of x', {}),
  copysign: ({ t }) => t('x with the sign of y', {}),
};

const CHOICES: readonly (readonly [string, readonly string[], Words])[] = [
  ['select', ['condition', 'then', 'else'], ({ t }) => t('one of two values; both are computed, so that both must be inside of their tensors', {})],
  ['fmax', ['a', 'b'], ({ t }) => t('the larger of two values', {})], ['fmin', ['a', 'b'], ({ t }) => t('the smaller of two values', {})],
  ['max', ['a', 'b'], ({ t }) => t('the larger of two values', {})], ['min', ['a', 'b'], ({ t }) => t('the smaller of two values', {})],
];

export function builtInFunctions(ctx: PrintContext): readonly BuiltIn[] {
  const maths = [...MATH_FUNCTIONS].map(([name, { arity }]): BuiltIn => ({ name, parameters: arity === 1 ? ['x'] : name === 'atan2' ? ['y', 'x'] : ['x', 'y'], summary: FUNCTIONS[name]?.(ctx) ?? '' }));
  return [...maths, ...CHOICES.map(([name, parameters, words]) => ({ name, parameters, summary: words(ctx) }))];
}

export function elementTypes({ t }: PrintContext): readonly { readonly name: string; readonly dtype: DType; readonly summary: string }[] {
  return [...TYPE_NAMES].map(([name, dtype]) => ({ name, dtype, summary: dtype === 'bool' ? t('true or false', {}) : t('the element type {type}', { type: dtype }) }));
}

/** `indices`: takes names of indices. */
export function attributes({ t }: PrintContext): readonly (BuiltIn & { readonly indices: boolean })[] {
  return [
    { name: 'always_unroll_inner', parameters: ['index...'], indices: true, summary: t('the innermost parts of these loops are always unrolled', {}) },
    { name: 'no_split_at_inner', parameters: ['index...'], indices: true, summary: t('the innermost parts of these loops stay whole', {}) },
    { name: 'simplify_const_tensor_indices', parameters: ['index...'], indices: true, summary: t('these loops are unrolled, so that indices of constant tensors become numbers', {}) },
    { name: 'const_matrix', parameters: [], indices: false, summary: t('a matrix of constants, computed where it is used', {}) },
    { name: 'flop', parameters: ['count'], indices: false, summary: t('the number of floating-point operations, instead of the counted ones', {}) },
  ];
}

export function keywordSummary(word: string, { t }: PrintContext): string | undefined {
  switch (word) {
    case 'def': return t('an operator: parameters, outputs, and a statement for each tensor that it computes', {});
    case 'sizes': return t('names for sizes, for the definitions after it', {});
    case 'const': return t('a tensor that is known when the program is compiled, so that its layout may be changed', {});
    case 'where': return t('ranges of indices that do not follow from the sizes of the tensors', {});
    case 'in': return t('the range of an index, its end excluded', {});
    case 'as': return t('the name in texts and logs', {});
    case '=': return t('each element is the value on the right', {});
    case '+=!': return t('sums over the indices that stand only on the right, from 0', {});
    case '*=!': return t('multiplies over the indices that stand only on the right, from 1', {});
    case 'max=!': return t('the largest value over the indices that stand only on the right', {});
    case 'min=!': return t('the smallest value over the indices that stand only on the right', {});
    default: return undefined;
  }
}
