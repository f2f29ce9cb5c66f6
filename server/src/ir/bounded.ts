/**
 * Evaluation in double precision together with a bound on what rounding in the element types may change: a running error analysis
 * (Higham, Accuracy and Stability of Numerical Algorithms, section 3.3). Integers are exact.
 */
import { assert, defined } from '../base/assert.js';
import type { Buffer } from './buffer.js';
import { isFloat, type DType } from './dtype.js';
import { compileExpr } from './evaluate.js';
import type { Expr, Var } from './expr.js';
import { MATH_FUNCTIONS, type MathFunction } from './math-functions.js';
import { applyBinary, roundingOf, storedValue, wrapInteger } from './scalar.js';
import { operands } from './walk.js';

/** The last result's absolute error bound; every evaluation sets it. A register of the evaluation, not a value. */
export interface ErrorRegister { error: number }

export type BoundedEvaluation = () => number;

/** `variable` and `load` give values; loads set the register too (variables are exact). */
export interface BoundedScope {
  readonly register: ErrorRegister;
  readonly variable: (v: Var) => () => number;
  readonly load: (buffer: Buffer, indices: readonly BoundedEvaluation[]) => BoundedEvaluation;
}

/** Compiles `e`; calling the result gives the value and leaves its error bound in the register. */
export function compileBounded(e: Expr, scope: BoundedScope): BoundedEvaluation {
  const reg = scope.register;
  const go = (x: Expr): BoundedEvaluation => compileBounded(x, scope);
  const exact = (value: () => number): BoundedEvaluation => () => {
    reg.error = 0;
    return value();
  };
  if (isIndex(e)) return exact(compileExpr(e, { variable: scope.variable, load: noLoad, rounded: false }));
  switch (e.kind) {
    case 'var': return exact(scope.variable(e));
    case 'int': { const { value } = e; return exact(() => value); }
    case 'float': { const value = storedValue(e.value, e.dtype); return exact(() => value); }
    case 'not': { const a = go(e.a); return () => (a() === 0 ? 1 : 0); }
    case 'load': return scope.load(e.buffer, e.indices.map(go));
    case 'select': return choice(go(e.cond), go(e.then), go(e.else), reg);
    case 'cast': return compileCast(go(e.a), e.dtype, reg);
    case 'binary': return compileBinary(e.op, go(e.a), go(e.b), e.a.dtype, e.dtype, reg);
    case 'call': return compileCall(e.callee, e.args.map(go), e.dtype, reg);
  }
}

/** Integers and conditions made of variables and numbers alone: nothing in them is rounded. */
function isIndex(e: Expr): boolean {
  return e.kind !== 'load' && e.kind !== 'call' && !isFloat(e.dtype) && operands(e).every(isIndex);
}

function noLoad(): never {
  throw new Error('assertion failed: an index of variables has no loads');
}

/** A condition that rounding may turn lets the other value appear too. */
function choice(cond: BoundedEvaluation, then: BoundedEvaluation, otherwise: BoundedEvaluation, reg: ErrorRegister): BoundedEvaluation {
  return () => {
    const taken = cond() !== 0;
    if (reg.error === 0) return taken ? then() : otherwise();
    const value = taken ? then() : otherwise();
    const error = reg.error;
    const other = taken ? otherwise() : then();
    reg.error = Math.max(error, reg.error + Math.abs(value - other));
    return value;
  };
}

function compileCast(a: BoundedEvaluation, to: DType, reg: ErrorRegister): BoundedEvaluation {
  if (!isFloat(to)) {
    return () => {
      const value = a();
      const error = reg.error;
      const result = wrapInteger(value, to);
      reg.error = error === 0 ? 0 : Math.max(Math.abs(wrapInteger(value + error, to) - result), Math.abs(wrapInteger(value - error, to) - result));
      return result;
    };
  }
  const { epsilon, tiny } = roundingOf(to);
  return () => {
    const value = a();
    // What the type can hold is not rounded, so integers and narrower floats stay exact.
    if (reg.error !== 0 || storedValue(value, to) !== value) reg.error += epsilon * Math.abs(value) + tiny;
    return value;
  };
}

function compileBinary(op: Parameters<typeof applyBinary>[0], a: BoundedEvaluation, b: BoundedEvaluation, operand: DType, result: DType, reg: ErrorRegister): BoundedEvaluation {
  const { epsilon, tiny } = roundingOf(result);
  switch (op) {
    case 'and': case 'or':
      return () => {
        const x = a();
        const error = reg.error;
        if ((x !== 0) === (op === 'or')) return x !== 0 ? 1 : 0;
        const y = b();
        reg.error = Math.max(error, reg.error);
        return y !== 0 ? 1 : 0;
      };
    case 'eq': case 'ne': case 'lt': case 'le': case 'gt': case 'ge':
      return () => {
        const x = a();
        const error = reg.error;
        const y = b();
        const sum = error + reg.error;
        reg.error = sum > 0 && Math.abs(x - y) <= sum ? 1 : 0;
        return applyBinary(op, x, y, operand);
      };
    case 'min': case 'max':
      return () => {
        const x = a();
        const error = reg.error;
        const y = b();
        reg.error = Math.max(error, reg.error);
        return applyBinary(op, x, y, operand);
      };
    default:
      if (!isFloat(result)) {
        return () => {
          const x = a();
          const error = reg.error;
          const y = b();
          reg.error += error;
          return wrapInteger(applyBinary(op, x, y, operand), result);
        };
      }
      if (op === 'mul') {
        return () => {
          const x = a();
          const ex = reg.error;
          const y = b();
          const ey = reg.error;
          const value = x * y;
          const size = Math.abs(value);
          reg.error = Math.abs(x) * ey + Math.abs(y) * ex + ex * ey + epsilon * size + (size > 0 ? tiny : 0);
          return value;
        };
      }
      if (op === 'add' || op === 'sub') {
        const sign = op === 'add' ? 1 : -1;
        return () => {
          const x = a();
          const ex = reg.error;
          const value = x + sign * b();
          reg.error = ex + reg.error + epsilon * Math.abs(value);
          return value;
        };
      }
      return () => {
        const x = a();
        const ex = reg.error;
        const y = b();
        const ey = reg.error;
        const value = applyBinary(op, x, y, operand);
        const size = Math.abs(value);
        if (op === 'div') reg.error = (ex + size * ey) / Math.max(Math.abs(y) - ey, Number.MIN_VALUE) + epsilon * size + (size > 0 ? tiny : 0);
        else reg.error = ex + ey + epsilon * size;
        return value;
      };
  }
}

function compileCall(callee: string, args: readonly BoundedEvaluation[], dtype: DType, reg: ErrorRegister): BoundedEvaluation {
  const [a, b, c] = args;
  const name = callee.replace(/^tir\./, '');
  if (name === 'if_then_else') return choice(defined(a, 'the condition'), defined(b, 'the value'), defined(c, 'the other value'), reg);
  if (name === 'likely') return defined(a, 'the condition');
  const f = MATH_FUNCTIONS.get(name);
  assert(f !== undefined && a !== undefined && args.length === f.arity, `${callee} with ${args.length} arguments is not known`);
  const { epsilon, tiny } = roundingOf(dtype);
  const second = b ?? (() => 0);
  return () => {
    const x = a();
    const ex = reg.error;
    const y = second();
    const ey = f.arity === 1 ? 0 : reg.error;
    const value = f.apply(x, y);
    // Libraries are right to a few units in the last place.
    const own = 4 * epsilon * Math.abs(value) + (value === 0 ? 0 : tiny);
    reg.error = own + change(f, x, y, value, ex, 0) + change(f, x, y, value, 0, ey);
    return value;
  };
}

/** How much `f` moves when its arguments move by their errors; where it is not defined there, it counts as not moving. */
function change(f: MathFunction, x: number, y: number, value: number, ex: number, ey: number): number {
  if (ex === 0 && ey === 0) return 0;
  const up = Math.abs(f.apply(x + ex, y + ey) - value);
  const down = Math.abs(f.apply(x - ex, y - ey) - value);
  return Math.max(Number.isNaN(up) ? 0 : up, Number.isNaN(down) ? 0 : down);
}
