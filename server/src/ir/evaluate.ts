/**
 * Reference evaluation of scalar expressions: compiled to closures, floats in double precision or rounded after each operation as
 * the element types do. Independent of lowering and of every code printer.
 */
import { assert, defined } from '../base/assert.js';
import type { Buffer } from './buffer.js';
import { ifThenElseOf } from './choice.js';
import { isFloat, type DType } from './dtype.js';
import type { Expr, Var } from './expr.js';
import { MATH_FUNCTIONS } from './math-functions.js';
import { applyBinary, floorDivide, floorModulus, storedValue, wrapInteger } from './scalar.js';

/** A compiled expression: its value at the present values of the variables. Conditions are 0 or 1. */
export type Evaluation = () => number;

/** Where an expression's variables and loads get their values. */
export interface Scope {
  readonly variable: (v: Var) => Evaluation;
  /** The element at `indices` (evaluated when the load is). */
  readonly load: (buffer: Buffer, indices: readonly Evaluation[]) => Evaluation;
  /** True: each operation's result is rounded to its type. False: floats stay doubles. */
  readonly rounded: boolean;
}

/** A result brought to its type: integers are wrapped always, floats rounded if asked. */
function conversion(dtype: DType, rounded: boolean): ((value: number) => number) | undefined {
  if (!isFloat(dtype)) return (value) => wrapInteger(value, dtype);
  return rounded && dtype !== 'float64' ? (value) => storedValue(value, dtype) : undefined;
}

/** Throws on a call to a function that is not known. */
export function compileExpr(e: Expr, scope: Scope): Evaluation {
  const go = (x: Expr): Evaluation => compileExpr(x, scope);
  switch (e.kind) {
    case 'var': return scope.variable(e);
    case 'int': { const value = e.value; return () => value; }
    case 'float': { const value = scope.rounded ? storedValue(e.value, e.dtype) : e.value; return () => value; }
    case 'binary': return compileBinary(e.op, go(e.a), go(e.b), e.a.dtype, conversion(e.dtype, scope.rounded));
    case 'not': { const a = go(e.a); return () => (a() === 0 ? 1 : 0); }
    case 'select': return choice(go(e.cond), go(e.then), go(e.else));
    case 'cast': {
      const a = go(e.a);
      const convert = conversion(e.dtype, scope.rounded);
      return convert === undefined ? a : () => convert(a());
    }
    case 'call': { const chosen = ifThenElseOf(e); return chosen === undefined ? compileCall(e.callee, e.args.map(go), e.dtype, scope.rounded) : choice(go(chosen.cond), go(chosen.then), go(chosen.otherwise)); }
    case 'load': return scope.load(e.buffer, e.indices.map(go));
  }
}

function choice(cond: Evaluation, then: Evaluation, otherwise: Evaluation): Evaluation {
  return () => (cond() !== 0 ? then() : otherwise());
}

function compileBinary(op: Parameters<typeof applyBinary>[0], a: Evaluation, b: Evaluation, dtype: DType, convert: ((v: number) => number) | undefined): Evaluation {
  switch (op) {
    case 'and': return () => (a() !== 0 && b() !== 0 ? 1 : 0);
    case 'or': return () => (a() !== 0 || b() !== 0 ? 1 : 0);
    case 'lt': return () => (a() < b() ? 1 : 0);
    case 'ge': return () => (a() >= b() ? 1 : 0);
    case 'eq': return () => (a() === b() ? 1 : 0);
    case 'ne': case 'le': case 'gt': case 'min': case 'max': return () => applyBinary(op, a(), b(), dtype);
    default:
      if (dtype === 'int32') return compileIndex(op, a, b);
      return convert === undefined ? () => applyBinary(op, a(), b(), dtype) : () => convert(applyBinary(op, a(), b(), dtype));
  }
}

/** What indices are made of, without a look at the operation each time. */
function compileIndex(op: Parameters<typeof applyBinary>[0], a: Evaluation, b: Evaluation): Evaluation {
  switch (op) {
    case 'add': return () => (a() + b()) | 0;
    case 'sub': return () => (a() - b()) | 0;
    case 'mul': return () => Math.imul(a(), b());
    case 'floordiv': return () => floorDivide(a(), b()) | 0;
    case 'floormod': return () => floorModulus(a(), b()) | 0;
    default: return () => applyBinary(op, a(), b(), 'int32') | 0;
  }
}

function compileCall(callee: string, args: readonly Evaluation[], dtype: DType, rounded: boolean): Evaluation {
  const [a, b] = args;
  const name = callee.replace(/^tir\./, '');
  if (name === 'likely') return defined(a, 'the condition');
  const f = MATH_FUNCTIONS.get(name);
  assert(f !== undefined && a !== undefined && args.length === f.arity, `${callee} with ${args.length} arguments is not known`);
  const convert = conversion(dtype, rounded) ?? ((value: number) => value);
  const second = b ?? (() => 0);
  return f.arity === 1 ? () => convert(f.apply(a(), 0)) : () => convert(f.apply(a(), second()));
}
