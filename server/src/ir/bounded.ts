/**
 * Evaluation in double precision together with a bound on what rounding in the element types may change: a running error analysis
 * (Higham, Accuracy and Stability of Numerical Algorithms, section 3.3). Integers are exact. Expressions become JavaScript text: millions of
 * elements are evaluated in a session, and closures take some ten times as long.
 */
import { assert, defined } from '../base/assert.js';
import type { Buffer } from './buffer.js';
import { ifThenElseOf, type Choice } from './choice.js';
import { isFloat, type DType } from './dtype.js';
import type { BinaryOp, Expr, Var } from './expr.js';
import { MATH_FUNCTIONS, type MathFunction } from './math-functions.js';
import { applyBinary, floorModulus, roundingOf, storedValue, wrapInteger } from './scalar.js';
import { operands } from './walk.js';

/** Texts without effects: names or numbers. */
export interface Bounded { readonly value: string; readonly error: string }

/** Names that generated text may use for what it is given: functions and tables. */
export class Givens {
  private readonly values: unknown[] = [];

  name(value: unknown): string {
    const known = this.values.indexOf(value);
    return `g${known < 0 ? this.values.push(value) - 1 : known}`;
  }

  /** What `body` returns. All of its text is ours: names that we number, and numbers. */
  run(body: string): unknown {
    const make = new Function(...this.values.map((_, i) => `g${i}`), `"use strict";\n${body}`) as (...given: readonly unknown[]) => unknown;
    return make(...this.values);
  }
}

export interface BoundedScope {
  readonly givens: Givens;
  readonly variable: (v: Var) => string;
  /** Writes what gets the element at these indices. */
  readonly load: (buffer: Buffer, indices: readonly string[], writer: BoundedWriter) => Bounded;
}

export class BoundedWriter {
  private readonly lines: string[] = [];
  private names = 0;

  constructor(private readonly scope: BoundedScope) {}

  /** What has been written, statements that `write`'s result needs. */
  get text(): string {
    return this.lines.join('\n');
  }

  line(text: string): void {
    this.lines.push(text);
  }

  fresh(): string {
    return `t${this.names++}`;
  }

  /** A name for a value. */
  keep(text: string): string {
    if (/^(?:[a-z]\d+|\d+)$/.test(text)) return text;
    const name = this.fresh();
    this.line(`const ${name} = ${text};`);
    return name;
  }

  write(e: Expr): Bounded {
    if (isIndex(e)) return { value: this.keep(this.index(e)), error: '0' };
    switch (e.kind) {
      case 'var': return { value: this.scope.variable(e), error: '0' };
      case 'int': return { value: numberText(e.value), error: '0' };
      case 'float': return { value: numberText(storedValue(e.value, e.dtype)), error: '0' };
      case 'not': { const a = this.write(e.a); return { value: this.keep(`${a.value} === 0 ? 1 : 0`), error: a.error }; }
      case 'load': return this.scope.load(e.buffer, e.indices.map((i) => this.write(i).value), this);
      case 'select': return this.choice({ cond: e.cond, then: e.then, otherwise: e.else });
      case 'cast': return this.cast(this.write(e.a), e.dtype);
      case 'binary': return e.op === 'and' || e.op === 'or' ? this.logical(e.op, e.a, e.b) : this.binary(e.op, this.write(e.a), this.write(e.b), e.a.dtype, e.dtype);
      case 'call': { const choice = ifThenElseOf(e); return choice === undefined ? this.call(e.callee, e.args, e.dtype) : this.choice(choice); }
    }
  }

  /** Of variables and numbers alone: nothing in it is rounded. */
  private index(e: Expr): string {
    switch (e.kind) {
      case 'var': return this.scope.variable(e);
      case 'int': return numberText(e.value);
      case 'not': return `(${this.index(e.a)} === 0 ? 1 : 0)`;
      case 'select': return `(${this.index(e.cond)} !== 0 ? ${this.index(e.then)} : ${this.index(e.else)})`;
      case 'cast': return this.wrapped(this.index(e.a), e.dtype);
      case 'binary': return this.indexBinary(e.op, this.index(e.a), this.index(e.b), e.a.dtype, e.dtype);
      default: throw new Error(`assertion failed: an index of variables has no ${e.kind}`);
    }
  }

  private indexBinary(op: BinaryOp, a: string, b: string, operand: DType, result: DType): string {
    if (op === 'and' || op === 'or') return `(${a} !== 0 ${op === 'and' ? '&&' : '||'} ${b} !== 0 ? 1 : 0)`;
    const compared = COMPARISONS.get(op);
    if (compared !== undefined) return `(${a} ${compared} ${b} ? 1 : 0)`;
    return this.wrapped(this.applied(op, a, b, operand), result);
  }

  /** The operation on values of type `dtype`, as `applyBinary` does it. */
  private applied(op: BinaryOp, a: string, b: string, dtype: DType): string {
    switch (op) {
      case 'add': return `(${a} + ${b})`;
      case 'sub': return `(${a} - ${b})`;
      case 'mul': return dtype === 'int32' || dtype === 'uint32' ? `Math.imul(${a}, ${b})` : `(${a} * ${b})`;
      case 'floordiv': return `Math.floor(${a} / ${b})`;
      case 'floormod': return `${this.scope.givens.name(floorModulus)}(${a}, ${b})`;
      default: return `${this.scope.givens.name(applyBinary)}(${JSON.stringify(op)}, ${a}, ${b}, ${JSON.stringify(dtype)})`;
    }
  }

  private wrapped(value: string, dtype: DType): string {
    return dtype === 'int32' ? `(${value} | 0)` : `${this.scope.givens.name(wrapInteger)}(${value}, ${JSON.stringify(dtype)})`;
  }

  /** A condition that rounding may turn lets the other value appear too. */
  private choice({ cond, then, otherwise }: Choice): Bounded {
    const c = this.write(cond);
    const [value, error, other, otherError] = [this.fresh(), this.fresh(), this.fresh(), this.fresh()];
    const sure = c.error === '0';
    const branch = (when: string, e: Expr, [v, err]: readonly [string, string]): void => {
      this.line(`if (${when}) {`);
      const result = this.write(e);
      this.line(`${v} = ${result.value}; ${err} = ${result.error}; }`);
    };
    this.line(`let ${value}, ${error};`);
    if (sure) {
      branch(`${c.value} !== 0`, then, [value, error]);
      branch(`${c.value} === 0`, otherwise, [value, error]);
      return { value, error };
    }
    this.line(`let ${other}, ${otherError};`);
    branch(`${c.error} !== 0 || ${c.value} !== 0`, then, [value, error]);
    branch(`${c.error} !== 0 || ${c.value} === 0`, otherwise, [other, otherError]);
    this.line(`if (${c.value} === 0) { const v = ${value}, e = ${error}; ${value} = ${other}; ${error} = ${otherError}; ${other} = v; ${otherError} = e; }`);
    this.line(`if (${c.error} !== 0) ${error} = Math.max(${error}, ${otherError} + Math.abs(${value} - ${other}));`);
    return { value, error };
  }

  private cast(a: Bounded, to: DType): Bounded {
    if (!isFloat(to)) {
      const wrap = (text: string): string => this.wrapped(text, to);
      const value = this.keep(wrap(a.value));
      const moved = `Math.max(Math.abs(${wrap(`(${a.value} + ${a.error})`)} - ${value}), Math.abs(${wrap(`(${a.value} - ${a.error})`)} - ${value}))`;
      return { value, error: a.error === '0' ? '0' : this.keep(`${a.error} === 0 ? 0 : ${moved}`) };
    }
    const { epsilon, tiny } = roundingOf(to);
    const stored = to === 'float64' ? a.value : to === 'float32' ? `Math.fround(${a.value})` : `${this.scope.givens.name(storedValue)}(${a.value}, ${JSON.stringify(to)})`;
    // What the type can hold is not rounded, so integers and narrower floats stay exact.
    return { value: a.value, error: this.keep(`${a.error} !== 0 || ${stored} !== ${a.value} ? ${a.error} + ${epsilon} * Math.abs(${a.value}) + ${tiny} : ${a.error}`) };
  }

  /** The second is not evaluated where the first decides. */
  private logical(op: 'and' | 'or', a: Expr, b: Expr): Bounded {
    const x = this.write(a);
    const [value, error] = [this.fresh(), this.fresh()];
    this.line(`let ${value} = ${op === 'or' ? 1 : 0}, ${error} = ${x.error};`);
    this.line(`if (${x.value} ${op === 'or' ? '===' : '!=='} 0) {`);
    const y = this.write(b);
    this.line(`${value} = ${y.value} !== 0 ? 1 : 0; ${error} = Math.max(${x.error}, ${y.error}); }`);
    return { value, error };
  }

  private binary(op: BinaryOp, x: Bounded, y: Bounded, operand: DType, result: DType): Bounded {
    const { epsilon, tiny } = roundingOf(result);
    const exact = x.error === '0' && y.error === '0';
    const compared = COMPARISONS.get(op);
    if (compared !== undefined) {
      const value = this.keep(`${x.value} ${compared} ${y.value} ? 1 : 0`);
      if (exact) return { value, error: '0' };
      const sum = this.keep(`${x.error} + ${y.error}`);
      return { value, error: this.keep(`${sum} > 0 && Math.abs(${x.value} - ${y.value}) <= ${sum} ? 1 : 0`) };
    }
    if (op === 'min' || op === 'max') {
      const value = this.keep(`${x.value} ${op === 'min' ? '<' : '>'} ${y.value} ? ${x.value} : ${y.value}`);
      return { value, error: exact ? '0' : this.keep(`Math.max(${x.error}, ${y.error})`) };
    }
    if (!isFloat(result)) return { value: this.keep(this.wrapped(this.applied(op, x.value, y.value, operand), result)), error: exact ? '0' : this.keep(`${y.error} + ${x.error}`) };
    if (op === 'add' || op === 'sub') {
      const value = this.keep(`${x.value} ${op === 'add' ? '+' : '-'} ${y.value}`);
      return { value, error: this.keep(`${x.error} + ${y.error} + ${epsilon} * Math.abs(${value})`) };
    }
    const value = this.keep(op === 'mul' ? `${x.value} * ${y.value}` : op === 'div' ? `${x.value} / ${y.value}` : this.applied(op, x.value, y.value, operand));
    const size = this.keep(`Math.abs(${value})`);
    // Not left out where an error is 0: infinity times it is NaN, by which nothing but the very value is right.
    const moved = op === 'mul' ? `Math.abs(${x.value}) * ${y.error} + Math.abs(${y.value}) * ${x.error} + ${x.error} * ${y.error}`
      : op === 'div' ? `(${x.error} + ${size} * ${y.error}) / Math.max(Math.abs(${y.value}) - ${y.error}, ${Number.MIN_VALUE})` : `${x.error} + ${y.error}`;
    return { value, error: this.keep(`${moved} + ${epsilon} * ${size}${op === 'mul' || op === 'div' ? ` + (${size} > 0 ? ${tiny} : 0)` : ''}`) };
  }

  private call(callee: string, args: readonly Expr[], dtype: DType): Bounded {
    const [a, b] = args;
    const name = callee.replace(/^tir\./, '');
    if (name === 'likely') return this.write(defined(a, 'the condition'));
    const f = MATH_FUNCTIONS.get(name);
    assert(f !== undefined && a !== undefined && args.length === f.arity, `${callee} with ${args.length} arguments is not known`);
    const { epsilon, tiny } = roundingOf(dtype);
    const [apply, moved] = [this.scope.givens.name(f.apply), this.scope.givens.name(change)];
    const x = this.write(a);
    const y: Bounded = f.arity === 1 || b === undefined ? { value: '0', error: '0' } : this.write(b);
    const value = this.keep(`${apply}(${x.value}, ${y.value})`);
    const along = (ex: string, ey: string): string => (ex === '0' && ey === '0' ? '' : ` + ${moved}(${apply}, ${x.value}, ${y.value}, ${value}, ${ex}, ${ey})`);
    // Libraries are right to a few units in the last place.
    return { value, error: this.keep(`${4 * epsilon} * Math.abs(${value}) + (${value} === 0 ? 0 : ${tiny})${along(x.error, '0')}${along('0', y.error)}`) };
  }
}

const COMPARISONS: ReadonlyMap<BinaryOp, string> = new Map([['eq', '==='], ['ne', '!=='], ['lt', '<'], ['le', '<='], ['gt', '>'], ['ge', '>=']]);

export function numberText(value: number): string {
  return Object.is(value, -0) || value < 0 ? `(${Object.is(value, -0) ? '-0' : value})` : String(value);
}

/** Integers and conditions made of variables and numbers alone: nothing in them is rounded. */
function isIndex(e: Expr): boolean {
  return e.kind !== 'load' && e.kind !== 'call' && !isFloat(e.dtype) && operands(e).every(isIndex);
}

/** How much `f` moves when its arguments move by their errors; where it is not defined there, it counts as not moving. */
function change(f: MathFunction['apply'], x: number, y: number, value: number, ex: number, ey: number): number {
  if (ex === 0 && ey === 0) return 0;
  const up = Math.abs(f(x + ex, y + ey) - value);
  const down = Math.abs(f(x - ex, y - ey) - value);
  return Math.max(Number.isNaN(up) ? 0 : up, Number.isNaN(down) ? 0 : down);
}
