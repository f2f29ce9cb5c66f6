/**
 * Values of axis variables where a body stands, and the rewriting of bodies to what a program holds: indices in normal form,
 * conditions simplified, inlined operations put in place.
 */
import type { Axis, ComputeOp } from '../dag/op.js';
import { ifThenElseOf } from '../ir/choice.js';
import { add, constantOf, constantSum, IndexVar, scale, subtract, sumToExpr, variableSum, type Sum } from '../ir/affine.js';
import { divide, modulo, NO_KNOWLEDGE, normalise, type Fact, type Knowledge } from '../ir/affine-division.js';
import { binary, call, cast, float, int, load, not, select, type Binary, type Expr, type Load, type Var } from '../ir/expr.js';
import { compare, comparisonToExpr, equality, factOf } from '../ir/affine-compare.js';
import { bodyValue, type Producers } from '../bounds/accesses.js';
import type { StageSchedule } from '../bounds/stage-schedule.js';

/** The values of one operation's axes (spatial, then reduce), built without the use of ranges. */
export class Environment {
  /** Normal forms of the values under `know`, made when asked for. */
  private readonly exprs: (Expr | undefined)[] = [];
  private exprsFor: Knowledge | undefined = undefined;
  private readonly sums: (Sum | undefined)[] = [];
  private sumsFor: Knowledge | undefined = undefined;

  constructor(readonly op: ComputeOp, readonly values: readonly Sum[]) {}

  indexOf(v: Var): number {
    const { axes, reduceAxes } = this.op;
    for (let i = 0; i < axes.length; i++) if ((axes[i] as Axis).var === v) return i;
    for (let i = 0; i < reduceAxes.length; i++) if ((reduceAxes[i] as Axis).var === v) return axes.length + i;
    return -1;
  }

  /** Axis i in normal form. */
  axisSum(i: number, know: Knowledge): Sum {
    if (this.sumsFor !== know) {
      this.sums.length = 0;
      this.sumsFor = know;
    }
    return (this.sums[i] ??= normalise(this.values[i] as Sum, know));
  }

  /** Axis i as an expression in normal form. */
  axisExpr(i: number, know: Knowledge): Expr {
    if (this.exprsFor !== know) {
      this.exprs.length = 0;
      this.exprsFor = know;
    }
    return (this.exprs[i] ??= sumToExpr(this.axisSum(i, know)));
  }
}

export interface BodyOptions {
  /** Inlined constant matrices count as the number 1 (what features and bounds see); otherwise they are computed. */
  readonly constantMatrices: 'one' | 'computed';
}

/** A condition after simplification: a truth value, or an expression with the facts that hold where it is true. */
interface Condition { readonly value: boolean | Expr; readonly facts: readonly Fact[] }

const NO_FACTS: readonly Fact[] = Object.freeze([]);
const TRUE = int(1, 'bool');
const FALSE = int(0, 'bool');

export function knowing(know: Knowledge, facts: readonly Fact[]): Knowledge {
  return facts.length === 0 ? know : { ranges: know.ranges, facts: know.facts.concat(facts) };
}

/** Rewrites bodies of operations of one schedule. */
export class BodyLowering {
  constructor(private readonly stages: readonly StageSchedule[], private readonly producers: Producers, private readonly options: BodyOptions) {}

  /** An expression of `env`'s operation with everything known used. */
  value(e: Expr, env: Environment, know: Knowledge): Expr {
    switch (e.kind) {
      case 'float': case 'int': return e;
      case 'var': {
        const i = env.indexOf(e);
        return i < 0 ? e : env.axisExpr(i, know);
      }
      case 'binary': return this.binary(e, env, know);
      case 'not': return this.conditionExpr(e, env, know);
      case 'select': {
        const c = this.condition(e.cond, env, know);
        if (typeof c.value === 'boolean') return this.value(c.value ? e.then : e.else, env, know);
        return select(c.value, this.value(e.then, env, know), this.value(e.else, env, know));
      }
      case 'cast': return cast(e.dtype, this.value(e.a, env, know));
      case 'call': {
        const choice = ifThenElseOf(e);
        if (choice === undefined) return call(e.callee, e.args.map((a) => this.value(a, env, know)), e.dtype);
        const c = this.condition(choice.cond, env, know);
        if (typeof c.value === 'boolean') return this.value(c.value ? choice.then : choice.otherwise, env, know);
        return call(e.callee, [c.value, this.value(choice.then, env, knowing(know, c.facts)), this.value(choice.otherwise, env, know)], e.dtype);
      }
      case 'load': return this.load(e, env, know);
    }
  }

  /** An index expression in normal form. */
  index(e: Expr, env: Environment, know: Knowledge): Expr {
    if (e.kind === 'var') {
      const i = env.indexOf(e);
      if (i >= 0) return env.axisExpr(i, know);
    }
    if (e.kind === 'int') return e;
    return sumToExpr(normalise(this.normalSum(e, env, know), know));
  }

  private load(e: Load, env: Environment, know: Knowledge): Expr {
    const producer = this.producers.get(e.buffer);
    const stage = producer === undefined ? undefined : this.stages[producer];
    if (stage !== undefined && stage.inlined && stage.op.kind === 'compute') {
      if (this.options.constantMatrices === 'one' && stage.op.attrs.constMatrix === true) {
        return stage.op.output.dtype.startsWith('int') ? int(1, stage.op.output.dtype) : float(1, stage.op.output.dtype);
      }
      const values = e.indices.map((i) => this.sum(i, env, know));
      return this.value(bodyValue(stage.op), new Environment(stage.op, values), know);
    }
    return load(e.buffer, e.indices.map((i) => this.index(i, env, know)));
  }

  private binary(e: Binary, env: Environment, know: Knowledge): Expr {
    switch (e.op) {
      case 'add': case 'sub': case 'mul': case 'floordiv': case 'floormod':
        if ((e.dtype === 'int32' || e.dtype === 'int64') && !isWideValue(e)) return this.index(e, env, know);
        break;
      case 'eq': case 'ne': case 'lt': case 'le': case 'gt': case 'ge': case 'and': case 'or':
        return this.conditionExpr(e, env, know);
      default: break;
    }
    const a = this.value(e.a, env, know);
    const b = this.value(e.b, env, know);
    if (e.op === 'mul') {
      if (a.kind === 'float' && a.value === 1) return b;
      if (b.kind === 'float' && b.value === 1) return a;
    }
    return binary(e.op, a, b);
  }

  /** An index as a sum: axes in normal form, put together in the order in which they stand. */
  private normalSum(e: Expr, env: Environment, know: Knowledge): Sum {
    switch (e.kind) {
      case 'int': return constantSum(e.value);
      case 'var': {
        const i = env.indexOf(e);
        if (i >= 0) return env.axisSum(i, know);
        break;
      }
      case 'binary':
        if (isWideValue(e)) break;
        if (e.op === 'add') return add(this.normalSum(e.a, env, know), this.normalSum(e.b, env, know));
        if (e.op === 'sub') return subtract(this.normalSum(e.a, env, know), this.normalSum(e.b, env, know));
        if (e.b.kind !== 'int' || e.b.value <= 0) break;
        if (e.op === 'mul') return scale(this.normalSum(e.a, env, know), e.b.value);
        // A remainder of a bare axis needs no second look (rows of conditions on one axis: constant matrices).
        if (e.op === 'floormod' && e.a.kind === 'var') {
          const i = env.indexOf(e.a);
          if (i >= 0 && isVariable(env.axisSum(i, know))) return modulo(env.axisSum(i, know), e.b.value, know);
        }
        break;
      default: break;
    }
    return normalise(this.sum(e, env, know), know);
  }

  /** An integer expression as a sum, without the use of ranges; what is no sum becomes an opaque variable. */
  sum(e: Expr, env: Environment, know: Knowledge): Sum {
    switch (e.kind) {
      case 'int': return constantSum(e.value);
      case 'var': {
        const i = env.indexOf(e);
        return i < 0 ? variableSum(new IndexVar(e)) : (env.values[i] as Sum);
      }
      case 'binary': {
        if (isWideValue(e)) break;
        if (e.op === 'add') return add(this.sum(e.a, env, know), this.sum(e.b, env, know));
        if (e.op === 'sub') return subtract(this.sum(e.a, env, know), this.sum(e.b, env, know));
        if (e.op !== 'mul' && e.op !== 'floordiv' && e.op !== 'floormod') break;
        const a = this.sum(e.a, env, know);
        const b = this.sum(e.b, env, know);
        const k = constantOf(b);
        if (e.op === 'mul') {
          if (k !== undefined) return scale(a, k);
          const left = constantOf(a);
          if (left !== undefined) return scale(b, left);
        } else if (k !== undefined && k > 0) return e.op === 'floordiv' ? divide(a, k, NO_KNOWLEDGE) : modulo(a, k, NO_KNOWLEDGE);
        return opaque(binary(e.op, sumToExpr(normalise(a, know)), sumToExpr(normalise(b, know))));
      }
      default: break;
    }
    return opaque(e.kind === 'binary' ? binary(e.op, this.value(e.a, env, know), this.value(e.b, env, know)) : this.value(e, env, know));
  }

  private conditionExpr(e: Expr, env: Environment, know: Knowledge): Expr {
    const c = this.condition(e, env, know);
    return typeof c.value === 'boolean' ? (c.value ? TRUE : FALSE) : c.value;
  }

  /** A boolean expression, decided or simplified. */
  condition(e: Expr, env: Environment, know: Knowledge): Condition {
    if (e.kind === 'int') return { value: e.value !== 0, facts: NO_FACTS };
    if (e.kind === 'not') {
      const c = this.condition(e.a, env, know);
      return { value: typeof c.value === 'boolean' ? !c.value : not(c.value), facts: NO_FACTS };
    }
    if (e.kind !== 'binary') return { value: this.value(e, env, know), facts: NO_FACTS };
    if (e.op === 'and') {
      const a = this.condition(e.a, env, know);
      if (a.value === false) return a;
      const b = this.condition(e.b, env, know);
      if (a.value === true || b.value === false) return b;
      if (b.value === true) return a;
      return { value: binary('and', a.value, b.value), facts: a.facts.concat(b.facts) };
    }
    if (e.op === 'or') {
      const a = this.condition(e.a, env, know);
      if (a.value === true) return a;
      const b = this.condition(e.b, env, know);
      if (b.value === true || a.value === false) return b;
      return b.value === false ? a : { value: binary('or', a.value, b.value), facts: NO_FACTS };
    }
    if ((e.a.dtype !== 'int32' && e.a.dtype !== 'int64') || isWideValue(e.a) || isWideValue(e.b)) {
      return { value: binary(e.op, this.value(e.a, env, know), this.value(e.b, env, know)), facts: NO_FACTS };
    }
    if (e.op === 'eq' || e.op === 'ne') {
      const same = equality(this.normalSum(e.a, env, know), this.normalSum(e.b, env, know), know);
      if (e.op === 'eq') return { value: same, facts: NO_FACTS };
      if (typeof same === 'boolean') return { value: !same, facts: NO_FACTS };
      return { value: same.kind === 'binary' ? binary('ne', same.a, same.b) : not(same), facts: NO_FACTS };
    }
    const a = this.sum(e.a, env, know);
    const b = this.sum(e.b, env, know);
    switch (e.op) {
      case 'lt': return decided(compare(a, b, true, know));
      case 'le': return decided(compare(a, b, false, know));
      case 'gt': return decided(compare(b, a, true, know));
      case 'ge': return decided(compare(b, a, false, know));
      default: return { value: binary(e.op, this.value(e.a, env, know), this.value(e.b, env, know)), facts: NO_FACTS };
    }
  }
}

function decided(c: ReturnType<typeof compare>): Condition {
  return typeof c === 'boolean' ? { value: c, facts: NO_FACTS } : { value: comparisonToExpr(c), facts: [factOf(c)] };
}

function isVariable(s: Sum): boolean {
  const t = s.terms[0];
  return s.constant === 0 && s.terms.length === 1 && t !== undefined && t.coef === 1 && t.mod === Infinity && t.div === 1;
}

/** 64-bit arithmetic on anything but loop variables: sums have the width of addresses, so that it is no index but a value like floats. */
function isWideValue(e: Expr): boolean {
  return e.dtype === 'int64' && !isIndexArithmetic(e);
}

function isIndexArithmetic(e: Expr): boolean {
  switch (e.kind) {
    case 'var': case 'int': return true;
    case 'binary': return isIndexArithmetic(e.a) && isIndexArithmetic(e.b);
    case 'cast': return isIndexArithmetic(e.a);
    default: return false;
  }
}

function opaque(e: Expr): Sum {
  return variableSum(new IndexVar(e));
}

