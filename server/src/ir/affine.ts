/**
 * Index arithmetic in normal form: a sum of coefficient * atom plus a constant, where an atom is a variable or
 * ((E mod u) div d) with E again such a sum. All division is floor division. Facts: lowering of TVM's TE schedules
 * (docs: normal form of indices). Nothing here is a string and nothing is looked up by name: variables are objects.
 *
 * Terms are kept in printing order: larger coefficient first; of equal ones the larger divisor, then the larger modulus
 * (none counts as infinite), then order of appearance.
 */
import { binary, int, type Expr } from './expr.js';

/**
 * A variable of index arithmetic, with what is known of its range (inclusive; infinite when nothing is known).
 * The range may be set once more while a program is built: this is a hot loop's scratch object, not a value.
 */
export class IndexVar {
  lo = -Infinity;
  hi = Infinity;
  /** `expr` is what it prints as: a loop variable, or an opaque integer expression. */
  constructor(readonly expr: Expr) {}
}

export type AtomBase = IndexVar | Sum;

/** coef * ((base mod `mod`) div `div`); `mod` Infinity: no modulus, `div` 1: no division. A sum as base has one of the two. */
export interface Term {
  readonly coef: number;
  readonly base: AtomBase;
  readonly mod: number;
  readonly div: number;
  /** The a of a division of a sum that was divided again, ((E div a) div b); 0 for others. Only simplification looks at it. */
  readonly stuck: number;
}

export class Sum {
  constructor(readonly terms: readonly Term[], readonly constant: number) {}
}

const NO_TERMS: readonly Term[] = Object.freeze([]);

export function constantSum(value: number): Sum {
  return new Sum(NO_TERMS, value);
}

export function variableSum(base: IndexVar): Sum {
  return new Sum([{ coef: 1, base, mod: Infinity, div: 1, stuck: 0 }], 0);
}

/** Whether two atoms' bases are equal: one variable, or sums with equal terms. */
export function sameBase(a: AtomBase, b: AtomBase): boolean {
  if (a === b) return true;
  return a instanceof Sum && b instanceof Sum && a.constant === b.constant && sameTerms(a.terms, b.terms);
}

export function sameTerms(a: readonly Term[], b: readonly Term[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as Term;
    const y = b[i] as Term;
    if (x.coef !== y.coef || x.mod !== y.mod || x.div !== y.div || !sameBase(x.base, y.base)) return false;
  }
  return true;
}

export function sameSum(a: Sum, b: Sum): boolean {
  return a === b || (a.constant === b.constant && sameTerms(a.terms, b.terms));
}

/** The value of a sum without terms; undefined of others. */
export function constantOf(s: Sum): number | undefined {
  return s.terms.length === 0 ? s.constant : undefined;
}

export function addConstant(s: Sum, value: number): Sum {
  return value === 0 ? s : new Sum(s.terms, s.constant + value);
}

export function scale(s: Sum, factor: number): Sum {
  if (factor === 1) return s;
  if (factor === 0) return constantSum(0);
  const n = s.terms.length;
  if (n === 0) return constantSum(s.constant * factor + 0);
  const terms: Term[] = [];
  for (let i = 0; i < n; i++) {
    const t = s.terms[i] as Term;
    terms.push({ coef: t.coef * factor, base: t.base, mod: t.mod, div: t.div, stuck: t.stuck });
  }
  if (factor < 0 && n > 1) sortTerms(terms);
  return new Sum(terms, s.constant * factor + 0);
}

export function add(a: Sum, b: Sum): Sum {
  return addScaled(a, b, 1);
}

export function subtract(a: Sum, b: Sum): Sum {
  if (a.terms === b.terms) return constantSum(a.constant - b.constant);
  return addScaled(a, b, -1);
}

/** a + factor * b. */
export function addScaled(a: Sum, b: Sum, factor: number): Sum {
  const constant = a.constant + factor * b.constant;
  if (b.terms.length === 0) return constant === a.constant ? a : new Sum(a.terms, constant);
  if (a.terms.length === 0) {
    const scaled = scale(b, factor);
    return scaled.constant === constant ? scaled : new Sum(scaled.terms, constant);
  }
  return sumOf(a.terms.slice(), b.terms, factor, constant);
}

/** Collects like terms of `terms` (taken over, changed) and factor * `more`, merges quotients with remainders, sorts. */
function sumOf(terms: Term[], more: readonly Term[], factor: number, constant: number): Sum {
  for (let i = 0; i < more.length; i++) {
    const t = more[i] as Term;
    insert(terms, t, t.coef * factor);
  }
  const total = constant + mergeQuotients(terms);
  sortTerms(terms);
  return new Sum(terms.length === 0 ? NO_TERMS : terms, total);
}

function insert(terms: Term[], t: Term, coef: number): void {
  for (let j = 0; j < terms.length; j++) {
    const other = terms[j] as Term;
    if (other.mod === t.mod && other.div === t.div && sameBase(other.base, t.base)) {
      if (other.coef + coef === 0) terms.splice(j, 1);
      else terms[j] = { coef: other.coef + coef, base: t.base, mod: t.mod, div: t.div, stuck: t.stuck };
      return;
    }
  }
  terms.push(coef === t.coef ? t : { coef, base: t.base, mod: t.mod, div: t.div, stuck: t.stuck });
}

/**
 * (x mod u div d*e) * e*k + (x mod (d*e) div d) * k is (x mod u div d) * k. Returns the constant that comes free when a sum
 * is put together again from its quotient and its remainder.
 */
function mergeQuotients(terms: Term[]): number {
  let constant = 0;
  for (let i = 0; i < terms.length; i++) {
    const high = terms[i] as Term;
    if (high.div === 1) continue;
    for (let j = 0; j < terms.length; j++) {
      const low = terms[j] as Term;
      if (low.mod !== high.div || high.coef * low.div !== low.coef * high.div || !sameBase(low.base, high.base)) continue;
      terms.splice(Math.max(i, j), 1);
      terms.splice(Math.min(i, j), 1);
      if (high.mod === Infinity && low.div === 1 && low.base instanceof Sum) {
        for (const t of low.base.terms) insert(terms, t, t.coef * low.coef);
        constant += low.base.constant * low.coef;
      } else {
        const merged = { coef: low.coef, base: low.base, mod: high.mod, div: low.div, stuck: high.stuck };
        insert(terms, merged, merged.coef);
      }
      i = -1;
      break;
    }
  }
  return constant;
}

function before(a: Term, b: Term): boolean {
  if (a.coef !== b.coef) return a.coef > b.coef;
  if (a.div !== b.div) return a.div > b.div;
  return a.mod > b.mod;
}

/** Stable insertion sort: sums have few terms and are nearly sorted. */
function sortTerms(terms: Term[]): void {
  for (let i = 1; i < terms.length; i++) {
    const t = terms[i] as Term;
    let j = i - 1;
    while (j >= 0 && before(t, terms[j] as Term)) {
      terms[j + 1] = terms[j] as Term;
      j--;
    }
    terms[j + 1] = t;
  }
}

/** The sum as an expression tree, positive terms first, each `base % u // d * c` with trivial parts left out. */
export function sumToExpr(s: Sum): Expr {
  const terms = s.terms;
  if (terms.length === 0) return int(s.constant);
  let result: Expr | undefined;
  let negative = 0;
  for (let i = 0; i < terms.length; i++) {
    const t = terms[i] as Term;
    if (t.coef < 0) {
      negative++;
      continue;
    }
    const e = termToExpr(t, t.coef);
    result = result === undefined ? e : binary('add', result, e);
  }
  if (s.constant > 0) result = result === undefined ? int(s.constant) : binary('add', result, int(s.constant));
  for (let i = terms.length - negative; i < terms.length; i++) {
    const t = terms[i] as Term;
    result = binary('sub', result ?? int(0), termToExpr(t, -t.coef));
  }
  const whole = result ?? int(0);
  return s.constant < 0 ? binary('sub', whole, int(-s.constant)) : whole;
}

function termToExpr(t: Term, coef: number): Expr {
  let e = t.base instanceof Sum ? sumToExpr(t.base) : t.base.expr;
  if (t.mod !== Infinity) e = binary('floormod', e, int(t.mod));
  if (t.div !== 1) e = binary('floordiv', e, int(t.div));
  return coef === 1 ? e : binary('mul', e, int(coef));
}
