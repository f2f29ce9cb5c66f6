/**
 * Values from expressions, for one lane or for several at once. With a lane variable, an access whose address moves by one element a
 * lane is a vector load, one that stands still is splat; what cannot be done lane by lane gives undefined and stays scalar.
 */
import type { Buffer } from '../../ir/buffer.js';
import { ifThenElseOf, type Choice } from '../../ir/choice.js';
import { isFloat } from '../../ir/dtype.js';
import { binary, float, int, not, type BinaryOp, type Expr, type Var } from '../../ir/expr.js';
import { MATH_FUNCTIONS } from '../../ir/math-functions.js';
import { rewriteExpr, visitExpr } from '../../ir/walk.js';
import type { BinaryValueOp, Condition, Value } from './ir.js';
import { coefficient, type IndexSpace, type Linear } from './linear.js';
import { isIndex } from './index-form.js';
import type { Storage } from './storage.js';

/** What stands for each loop variable. */
export type Substitution = ReadonlyMap<Var, Expr>;

export interface Lanes { readonly var: Var; readonly count: number }

export interface ValueContext { readonly space: IndexSpace; readonly storage: Storage }

export function substitute(e: Expr, by: Substitution): Expr {
  return by.size === 0 ? e : rewriteExpr(e, (x) => (x.kind === 'var' ? by.get(x) ?? x : x));
}

/** The address of an access: its flat index without the lane part, and the elements from lane to lane (undefined: irregular). */
export function address(ctx: ValueContext, buffer: Buffer, indices: readonly Expr[], lanes: Lanes | undefined): { index: Linear; stride: number } | undefined {
  const index = ctx.storage.flat(buffer, indices);
  if (lanes === undefined) return { index, stride: 0 };
  const stride = coefficient(index, lanes.var);
  if (stride === undefined) return undefined;
  return { index: { terms: index.terms.filter((t) => t.atom !== lanes.var), constant: index.constant }, stride };
}

const COMPARISONS = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const;
const ARITHMETIC: Readonly<Partial<Record<BinaryOp, BinaryValueOp>>> = { add: 'add', sub: 'sub', mul: 'mul', div: 'div', floordiv: 'floordiv', floormod: 'floormod', min: 'min', max: 'max' };

/** The value of `e` (already substituted); undefined if it has no form with these lanes. */
export function valueOf(ctx: ValueContext, e: Expr, lanes: Lanes | undefined): Value | undefined {
  const count = lanes?.count ?? 1;
  switch (e.kind) {
    case 'float': case 'int':
      return { kind: 'const', value: e.value, lanes: count, dtype: e.dtype };
    case 'load': {
      if (!e.indices.every(isIndex)) return lanes === undefined ? gather(ctx, e) : undefined;
      const at = address(ctx, e.buffer, e.indices, lanes);
      return at === undefined ? undefined : { kind: 'load', buffer: e.buffer, index: at.index, lanes: count, stride: at.stride };
    }
    case 'binary': {
      if (!isFloat(e.dtype)) {
        if (lanes !== undefined) return undefined;
        // Index arithmetic has the width of addresses: 64 bits are computed as values.
        if (isIndex(e) && e.dtype !== 'int64') return { kind: 'index', value: e, lanes: 1, dtype: e.dtype };
        return ARITHMETIC[e.op] === undefined ? truth(ctx, e) : scalarBinary(ctx, e);
      }
      const op = ARITHMETIC[e.op];
      const a = valueOf(ctx, e.a, lanes);
      const b = valueOf(ctx, e.b, lanes);
      if (op === undefined || a === undefined || b === undefined) return undefined;
      return { kind: 'binary', op, a, b, lanes: count, dtype: e.dtype };
    }
    case 'cast': {
      if (lanes !== undefined) return undefined;
      const a = valueOf(ctx, e.a, lanes);
      return a === undefined ? undefined : { kind: 'cast', a, lanes: 1, dtype: e.dtype };
    }
    case 'var':
      return lanes === undefined ? { kind: 'index', value: e, lanes: 1, dtype: e.dtype } : undefined;
    case 'select': return branch(ctx, { cond: e.cond, then: e.then, otherwise: e.else }, lanes);
    case 'call': {
      const choice = ifThenElseOf(e);
      if (choice !== undefined) return branch(ctx, choice, lanes);
      if (!isFloat(e.dtype)) {
        const [first] = e.args;
        const simple = first === undefined || lanes !== undefined ? undefined : simpler(e.callee, first);
        if (simple !== undefined) return valueOf(ctx, simple, undefined);
        if (lanes !== undefined || !INTEGER_CALLS.has(e.callee)) return undefined;
      }
      const args = e.args.map((a) => valueOf(ctx, a, lanes));
      const known = args.filter((a) => a !== undefined);
      return known.length === args.length ? { kind: 'call', callee: e.callee, args: known, lanes: count, dtype: e.dtype } : undefined;
    }
    case 'not': return lanes === undefined ? truth(ctx, e) : undefined;
  }
}

/** Functions of integers that targets print as operators. */
const INTEGER_CALLS: ReadonlySet<string> = new Set([...MATH_FUNCTIONS].flatMap(([name, f]) => (f.integer === true ? [`tir.${name}`] : [])));

function gather(ctx: ValueContext, e: Expr & { kind: 'load' }): Value | undefined {
  const index = valueOf(ctx, ctx.storage.flatExpr(e.buffer, e.indices), undefined);
  return index === undefined ? undefined : { kind: 'gather', buffer: e.buffer, index, lanes: 1 };
}

function scalarBinary(ctx: ValueContext, e: Expr & { kind: 'binary' }): Value | undefined {
  const op = ARITHMETIC[e.op];
  const a = valueOf(ctx, e.a, undefined);
  const b = valueOf(ctx, e.b, undefined);
  return op === undefined || a === undefined || b === undefined ? undefined : { kind: 'binary', op, a, b, lanes: 1, dtype: e.dtype };
}

/** Functions with integer or boolean results by operations that every target has. */
function simpler(callee: string, x: Expr): Expr | undefined {
  const finite = binary('eq', binary('sub', x, x), float(0, x.dtype));
  switch (callee) {
    case 'tir.abs': return binary('max', x, binary('sub', int(0, x.dtype), x));
    case 'tir.isnan': return binary('ne', x, x);
    case 'tir.isfinite': return finite;
    case 'tir.isinf': return binary('and', binary('eq', x, x), not(finite));
    default: return undefined;
  }
}

/** A condition as 0 or 1. */
function truth(ctx: ValueContext, e: Expr): Value | undefined {
  return branch(ctx, { cond: e, then: int(1, 'bool'), otherwise: int(0, 'bool') }, undefined);
}

function branch(ctx: ValueContext, { cond, then, otherwise }: Choice, lanes: Lanes | undefined): Value | undefined {
  const c = conditionOf(ctx, cond, lanes);
  if (c === true) return valueOf(ctx, then, lanes);
  if (c === false) return valueOf(ctx, otherwise, lanes);
  const a = valueOf(ctx, then, lanes);
  const b = valueOf(ctx, otherwise, lanes);
  if (c === undefined || a === undefined || b === undefined) return undefined;
  return { kind: 'branch', cond: c, then: a, else: b, lanes: lanes?.count ?? 1, dtype: then.dtype };
}

/** A condition that is the same for all lanes; true or false where ranges decide it; undefined if lanes may differ. */
export function conditionOf(ctx: ValueContext, e: Expr, lanes: Lanes | undefined): Condition | boolean | undefined {
  if (e.kind === 'binary' && (e.op === 'and' || e.op === 'or')) {
    const a = conditionOf(ctx, e.a, lanes);
    const b = conditionOf(ctx, e.b, lanes);
    if (a === undefined || b === undefined) return undefined;
    const neutral = e.op === 'and';
    if (a === !neutral || b === !neutral) return !neutral;
    if (typeof a === 'boolean') return b;
    if (typeof b === 'boolean') return a;
    return { kind: e.op, a, b };
  }
  if (e.kind === 'not') {
    const a = conditionOf(ctx, e.a, lanes);
    if (a === undefined) return undefined;
    return typeof a === 'boolean' ? !a : { kind: 'not', a };
  }
  if (e.kind === 'int') return e.value !== 0;
  if (e.kind === 'call' && e.callee === 'tir.likely' && e.args[0]) return conditionOf(ctx, e.args[0], lanes);
  if (e.kind !== 'binary' || !isIndex(e)) return lanes === undefined ? comparison(ctx, e) : undefined;
  const a = ctx.space.linear(e.a);
  const b = ctx.space.linear(e.b);
  const decided = decide(ctx.space, e.op, a, b);
  if (decided !== undefined) return decided;
  if (lanes !== undefined && (coefficient(a, lanes.var) !== 0 || coefficient(b, lanes.var) !== 0)) return undefined;
  return { kind: 'index', expr: binary(e.op, ctx.space.expr(a), ctx.space.expr(b)) };
}

/** A comparison of values, or a value that is a truth value itself. */
function comparison(ctx: ValueContext, e: Expr): Condition | undefined {
  const op = e.kind === 'binary' ? COMPARISONS.find((x) => x === e.op) : undefined;
  const [left, right] = e.kind === 'binary' && op !== undefined ? [e.a, e.b] : [e, int(0, e.dtype)];
  const a = valueOf(ctx, left, undefined);
  const b = valueOf(ctx, right, undefined);
  return a === undefined || b === undefined ? undefined : { kind: 'compare', op: op ?? 'ne', a, b };
}

/** Whether ranges decide a comparison. */
function decide(space: IndexSpace, op: string, a: Linear, b: Linear): boolean | undefined {
  const x = space.range(a);
  const y = space.range(b);
  if (x === undefined || y === undefined) return undefined;
  switch (op) {
    case 'lt': return x.hi < y.lo ? true : x.lo >= y.hi ? false : undefined;
    case 'le': return x.hi <= y.lo ? true : x.lo > y.hi ? false : undefined;
    case 'gt': return x.lo > y.hi ? true : x.hi <= y.lo ? false : undefined;
    case 'ge': return x.lo >= y.hi ? true : x.hi < y.lo ? false : undefined;
    case 'eq': return x.lo === x.hi && y.lo === y.hi && x.lo === y.lo ? true : x.hi < y.lo || x.lo > y.hi ? false : undefined;
    case 'ne': return x.lo === x.hi && y.lo === y.hi && x.lo === y.lo ? false : x.hi < y.lo || x.lo > y.hi ? true : undefined;
    default: return undefined;
  }
}

/** Whether `e` reads the buffer. */
export function reads(e: Expr, buffer: Buffer): boolean {
  let found = false;
  visitExpr(e, (x) => {
    if (x.kind === 'load' && x.buffer === buffer) found = true;
  });
  return found;
}
