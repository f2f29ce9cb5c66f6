/**
 * Comparisons of sums in normal form: constants on one side, divisions and common factors taken out, decided where ranges tell.
 * What remains can be used as a fact about exactly its left side.
 */
import { addConstant, constantOf, constantSum, scale, subtract, Sum, sumToExpr, type Term } from './affine.js';
import { KNOWN_RANGES, normalise, sumInterval, type Fact, type Interval, type Knowledge } from './affine-division.js';
import { binary, int, type Expr } from './expr.js';

/** `sum` < bound (`strict`) or <= bound; with `lower`: bound < sum or bound <= sum. The sum's constant is 0. */
export interface Comparison { readonly sum: Sum; readonly bound: number; readonly strict: boolean; readonly lower: boolean }

/** a < b or a <= b (not `strict`): a truth value where it can be told, else the comparison that is left. */
export function compare(a: Sum, b: Sum, strict: boolean, know: Knowledge): boolean | Comparison {
  const simple = divided(isolated(subtract(a, b), strict), true);
  const c = divided(isolatedAgain(simple, normalise(simple.sum, know)), false);
  const known = decide(c, know);
  if (known !== undefined) return known;
  const less = withoutCommonFactor(c, know);
  return (less === c ? undefined : decide(less, know)) ?? less;
}

/** d < 0 or d <= 0 with the constant on the other side; sums of negative terms only are turned round. */
function isolated(d: Sum, strict: boolean): Comparison {
  const first = d.terms[0];
  if (first !== undefined && first.coef < 0) {
    return { sum: scale(new Sum(d.terms, 0), -1), bound: d.constant, strict, lower: true };
  }
  return { sum: new Sum(d.terms, 0), bound: 0 - d.constant, strict, lower: false };
}

/** The comparison with `sum` in place of its own (equal in value), constant moved across. */
function isolatedAgain(c: Comparison, sum: Sum): Comparison {
  if (sum === c.sum) return c;
  const first = sum.terms[0];
  if (first !== undefined && first.coef < 0) {
    return { sum: scale(new Sum(sum.terms, 0), -1), bound: sum.constant - c.bound, strict: c.strict, lower: !c.lower };
  }
  return { sum: new Sum(sum.terms, 0), bound: c.bound - sum.constant, strict: c.strict, lower: c.lower };
}

/**
 * (x div d) < n is x < n*d and n <= (x div d) is n*d <= x; a factor of a single term is divided out. `once`: of a division of a
 * division only the outer one is undone (ranges may take the inner one apart).
 */
function divided(c: Comparison, once: boolean): Comparison {
  const t = c.sum.terms[0];
  if (t === undefined || c.sum.terms.length > 1) return c;
  if (t.coef > 1) {
    const one = new Sum([{ coef: 1, base: t.base, mod: t.mod, div: t.div, stuck: t.stuck }], 0);
    const up = c.lower !== c.strict;
    const bound = up ? Math.ceil(c.bound / t.coef) : Math.floor(c.bound / t.coef);
    return divided({ sum: one, bound, strict: c.strict, lower: c.lower }, once);
  }
  if (t.coef !== 1 || t.div === 1 || c.strict === c.lower) return c;
  if (once && t.stuck > 1 && t.stuck < t.div && t.div % t.stuck === 0) {
    const outer = t.div / t.stuck;
    const inner = new Sum([{ coef: 1, base: t.base, mod: t.mod, div: t.stuck, stuck: 0 }], 0);
    return { sum: inner, bound: c.bound * outer, strict: c.strict, lower: c.lower };
  }
  const whole = t.mod === Infinity && t.base instanceof Sum ? t.base : new Sum([{ coef: 1, base: t.base, mod: t.mod, div: 1, stuck: 0 }], 0);
  const undone = isolatedAgain({ sum: c.sum, bound: c.bound * t.div, strict: c.strict, lower: c.lower }, whole);
  return once ? undone : divided(undone, once);
}

function decide(c: Comparison, know: Knowledge): boolean | undefined {
  const out: Interval = { lo: 0, hi: 0 };
  sumInterval(c.sum, know, out);
  // As inclusive bounds of the sum: lower means sum >= least, else sum <= most.
  if (c.lower) {
    const least = c.strict ? c.bound + 1 : c.bound;
    return out.lo >= least ? true : out.hi < least ? false : undefined;
  }
  const most = c.strict ? c.bound - 1 : c.bound;
  return out.hi <= most ? true : out.lo > most ? false : undefined;
}

export function gcd(a: number, b: number): number {
  let x = Math.abs(a);
  let y = Math.abs(b);
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** g*A + r < g*n is A < n for r in [0, g), and A + r div g < n where r is (y mod u div d) with u a multiple of g*d. */
function withoutCommonFactor(c: Comparison, know: Knowledge): Comparison {
  if (!c.strict || c.lower) return c;
  let g = Math.abs(c.bound);
  const big: Term[] = [];
  const small: Term[] = [];
  for (const t of c.sum.terms) {
    if (t.coef === 1 || t.coef === -1) small.push(t);
    else {
      big.push(t);
      g = gcd(g, t.coef);
    }
  }
  if (g <= 1 || big.length === 0) return c;
  const quotient = big.map((t) => ({ coef: t.coef / g, base: t.base, mod: t.mod, div: t.div, stuck: t.stuck }));
  const rest = new Sum(small, 0);
  const out: Interval = { lo: 0, hi: 0 };
  sumInterval(rest, know, out);
  if (out.lo >= 0 && out.hi < g) return divided({ sum: new Sum(quotient, 0), bound: c.bound / g, strict: true, lower: false }, false);
  const only = small[0];
  if (only === undefined || small.length > 1 || only.coef !== 1 || only.mod === Infinity || only.mod % (g * only.div) !== 0) return c;
  const part: Term = { coef: 1, base: only.base, mod: only.mod, div: only.div * g, stuck: 0 };
  const sum = addSorted(quotient, part);
  return { sum, bound: c.bound / g, strict: true, lower: false };
}

function addSorted(terms: readonly Term[], t: Term): Sum {
  return subtract(new Sum(terms, 0), new Sum([{ coef: -1, base: t.base, mod: t.mod, div: t.div, stuck: t.stuck }], 0));
}

/** What the comparison says about its left side. */
export function factOf(c: Comparison): Fact {
  const terms = c.sum.terms;
  if (c.lower) return { terms, lo: c.strict ? c.bound + 1 : c.bound, hi: Infinity };
  return { terms, lo: -Infinity, hi: c.strict ? c.bound - 1 : c.bound };
}

/** As an expression: `sum < n`, `n <= sum`; negative terms stand on the side of the constant. */
export function comparisonToExpr(c: Comparison): Expr {
  const negative = c.sum.terms.filter((t) => t.coef < 0);
  let left: Expr;
  let right: Expr;
  if (negative.length === 0) {
    left = sumToExpr(c.sum);
    right = int(c.bound);
  } else {
    left = sumToExpr(new Sum(c.sum.terms.filter((t) => t.coef > 0), 0));
    right = sumToExpr(addConstant(scale(new Sum(negative, 0), -1), c.bound));
  }
  const op = c.strict ? 'lt' : 'le';
  return c.lower ? binary(op, right, left) : binary(op, left, right);
}

/** a == b, both in normal form: a truth value where it can be told, else an expression with the constant on the right. */
export function equality(a: Sum, b: Sum, know: Knowledge): boolean | Expr {
  const d = subtract(a, b);
  const value = constantOf(d);
  if (value !== undefined) return value === 0;
  const out: Interval = { lo: 0, hi: 0 };
  sumInterval(d, know, out);
  if (out.lo > 0 || out.hi < 0) return false;
  const c = isolated(d, false);
  if (c.sum.terms.every((t) => t.coef > 0)) return binary('eq', sumToExpr(c.sum), int(c.bound));
  const negative = c.sum.terms.filter((t) => t.coef < 0);
  return binary('eq', sumToExpr(new Sum(c.sum.terms.filter((t) => t.coef > 0), 0)), sumToExpr(addConstant(scale(new Sum(negative, 0), -1), c.bound)));
}

/** Whether 0 <= s < extent for all values of the variables, as far as their ranges tell. */
export function provablyWithin(s: Sum, extent: number): boolean {
  return compare(s, constantSum(extent), true, KNOWN_RANGES) === true && compare(constantSum(0), s, false, KNOWN_RANGES) === true;
}

