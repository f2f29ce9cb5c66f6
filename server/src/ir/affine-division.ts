/**
 * Floor division and modulus of sums by constants, interval bounds, and normalisation with known ranges. The rules are those
 * that make TVM's simplified index forms (docs: normal form of indices, rules of div and mod).
 */
import {
  add, addConstant, addScaled, constantSum, sameTerms, Sum, variableSum, type IndexVar, type Term,
} from './affine.js';

/** A known bound of a sum: the terms (their constant is 0) lie in [lo, hi]. */
export interface Fact { readonly terms: readonly Term[]; readonly lo: number; readonly hi: number }

/** What simplification may use: the variables' ranges or not, and facts that hold where the expression stands. */
export interface Knowledge { readonly ranges: boolean; readonly facts: readonly Fact[] }

export const NO_KNOWLEDGE: Knowledge = Object.freeze({ ranges: false, facts: Object.freeze([]) });
export const KNOWN_RANGES: Knowledge = Object.freeze({ ranges: true, facts: Object.freeze([]) });

/** An inclusive interval of integers, ends possibly infinite. Reused by the caller: a result is valid until the next call. */
export interface Interval { lo: number; hi: number }

function divideEnd(end: number, c: number): number {
  return Number.isFinite(end) ? Math.floor(end / c) : end;
}

/** The interval of (base mod u) div d. */
export function termInterval(t: Term, know: Knowledge, out: Interval): void {
  if (t.base instanceof Sum) sumInterval(t.base, know, out);
  else if (know.ranges) {
    out.lo = t.base.lo;
    out.hi = t.base.hi;
  } else {
    out.lo = -Infinity;
    out.hi = Infinity;
  }
  if (know.facts.length > 0 && (t.mod !== Infinity || t.div !== 1)) {
    if (!(t.base instanceof Sum)) applyFacts(variableTerms(t.base), 0, know.facts, out);
    if (t.mod !== Infinity && t.div !== 1) {
      modulusInterval(t.mod, out);
      applyFacts([{ coef: 1, base: t.base, mod: t.mod, div: 1, stuck: 0 }], 0, know.facts, out);
    }
  }
  if (t.mod !== Infinity) modulusInterval(t.mod, out);
  if (t.div !== 1) {
    out.lo = divideEnd(out.lo, t.div);
    out.hi = divideEnd(out.hi, t.div);
  }
  if (know.facts.length > 0) applyFacts([t.coef === 1 ? t : { coef: 1, base: t.base, mod: t.mod, div: t.div, stuck: t.stuck }], 0, know.facts, out);
}

function variableTerms(base: IndexVar): readonly Term[] {
  return [{ coef: 1, base, mod: Infinity, div: 1, stuck: 0 }];
}

function modulusInterval(u: number, out: Interval): void {
  if (out.lo >= 0 && out.hi < u) return;
  out.lo = 0;
  out.hi = u - 1;
}

function applyFacts(terms: readonly Term[], constant: number, facts: readonly Fact[], out: Interval): void {
  for (let i = 0; i < facts.length; i++) {
    const f = facts[i] as Fact;
    if (!sameTerms(f.terms, terms)) continue;
    if (f.lo + constant > out.lo) out.lo = f.lo + constant;
    if (f.hi + constant < out.hi) out.hi = f.hi + constant;
  }
}

/** Bounds of a sum, term by term (no relation between terms), narrowed by a fact about exactly this sum. */
export function sumInterval(s: Sum, know: Knowledge, out: Interval): void {
  intervalOf(s.terms, s.constant, know, out);
}

function intervalOf(terms: readonly Term[], constant: number, know: Knowledge, out: Interval): void {
  let lo = constant;
  let hi = constant;
  for (let i = 0; i < terms.length; i++) {
    const t = terms[i] as Term;
    termInterval(t, know, out);
    if (t.coef > 0) {
      lo += t.coef * out.lo;
      hi += t.coef * out.hi;
    } else {
      lo += t.coef * out.hi;
      hi += t.coef * out.lo;
    }
  }
  out.lo = lo;
  out.hi = hi;
  if (know.facts.length > 0) applyFacts(terms, constant, know.facts, out);
}

/** s div c, c > 0. */
export function divide(s: Sum, c: number, know: Knowledge): Sum {
  if (c === 1) return s;
  let quotient: Term[] | undefined;
  let rest: Term[] | undefined;
  const terms = s.terms;
  for (let i = 0; i < terms.length; i++) {
    const t = terms[i] as Term;
    if (t.coef % c === 0) (quotient ??= []).push({ coef: t.coef / c, base: t.base, mod: t.mod, div: t.div, stuck: t.stuck });
    else (rest ??= []).push(t);
  }
  const whole = Math.floor(s.constant / c);
  const constant = s.constant - whole * c;
  const divided = quotient === undefined ? constantSum(whole) : new Sum(quotient, whole);
  if (rest === undefined) return divided;
  const part = divideRest(rest, constant, c, know);
  return quotient === undefined ? addConstant(part, whole) : add(divided, part);
}

/** No term of `rest` has a coefficient that c divides; 0 <= constant < c. */
function divideRest(rest: readonly Term[], constant: number, c: number, know: Knowledge): Sum {
  const bound: Interval = { lo: 0, hi: 0 };
  intervalOf(rest, constant, know, bound);
  const low = Math.floor(bound.lo / c);
  if (Number.isFinite(low) && low === Math.floor(bound.hi / c)) return constantSum(low);
  const first = rest[0] as Term;
  if (rest.length === 1 && first.coef === 1 && constant === 0) return divideAtom(first, c);
  const g = first.coef;
  if (g > 1 && c % g === 0) {
    const others = rest.length - 1 + (constant === 0 ? 0 : 1);
    if (others === 0) return divideAtomOf(first, c / g);
    if (know.ranges && others <= 2) {
      intervalOf(rest.slice(1), constant, know, bound);
      if (bound.lo >= 0 && bound.hi < g) return divideAtomOf(first, c / g, know);
    }
  }
  return new Sum([{ coef: 1, base: new Sum(rest, constant), mod: Infinity, div: c, stuck: 0 }], 0);
}

/** (x mod u div d) div c is x mod u div (d*c). */
function divideAtom(t: Term, c: number): Sum {
  if (t.mod !== Infinity && t.mod <= t.div * c) return constantSum(0);
  return new Sum([{ coef: 1, base: t.base, mod: t.mod, div: t.div * c, stuck: t.stuck === 0 && t.div > 1 && t.base instanceof Sum ? t.div : t.stuck }], 0);
}

function divideAtomOf(t: Term, c: number, know: Knowledge = NO_KNOWLEDGE): Sum {
  return divide(new Sum([{ coef: 1, base: t.base, mod: t.mod, div: t.div, stuck: t.stuck }], 0), c, know);
}

function floorMod(a: number, c: number): number {
  const r = a % c;
  return r < 0 ? r + c : r;
}

/** s mod c, c > 0; the result lies in [0, c). */
export function modulo(s: Sum, c: number, know: Knowledge): Sum {
  const bound: Interval = { lo: 0, hi: 0 };
  intervalOf(s.terms, s.constant, know, bound);
  if (bound.lo >= 0 && bound.hi < c) return s;
  const terms = s.terms;
  let kept = 0;
  let large = false;
  for (let i = 0; i < terms.length; i++) {
    const coef = (terms[i] as Term).coef;
    if (coef % c === 0) continue;
    kept++;
    if (coef < 0 || coef >= c) large = true;
  }
  const constant = floorMod(s.constant, c);
  if (kept === terms.length && !large && constant === s.constant) return modulusOfRest(s, c, know);
  // Coefficients are reduced where the sum has two parts, or the last part is a multiple (TVM's rewrite patterns).
  const parts = kept + (constant === 0 ? 0 : 1);
  let rest: Sum = constantSum(constant);
  let seen = 0;
  for (let i = 0; i < terms.length; i++) {
    const t = terms[i] as Term;
    if (t.coef % c === 0) continue;
    seen++;
    const reduces = parts <= 2 || seen === parts;
    rest = addScaled(rest, new Sum([{ coef: 1, base: t.base, mod: t.mod, div: t.div, stuck: t.stuck }], 0), reduces ? floorMod(t.coef, c) : t.coef);
  }
  intervalOf(rest.terms, rest.constant, know, bound);
  if (bound.lo >= 0 && bound.hi < c) return rest;
  return modulusOfRest(rest, c, know);
}

function modulusOfRest(s: Sum, c: number, know: Knowledge): Sum {
  const terms = s.terms;
  const first = terms[0] as Term;
  if (terms.length === 1 && first.coef === 1 && s.constant === 0) return atomModulus(first, c);
  const g = first.coef;
  if (g > 1 && c % g === 0) {
    const others = terms.length - 1 + (s.constant === 0 ? 0 : 1);
    const atom = new Sum([{ coef: 1, base: first.base, mod: first.mod, div: first.div, stuck: first.stuck }], 0);
    if (others === 0) return addScaled(constantSum(0), modulo(atom, c / g, know), g);
    if (know.ranges && others <= 1) {
      const bound: Interval = { lo: 0, hi: 0 };
      const rest = new Sum(terms.slice(1), s.constant);
      intervalOf(rest.terms, rest.constant, know, bound);
      if (bound.lo >= 0 && bound.hi < g) return addScaled(rest, modulo(atom, c / g, know), g);
    }
  }
  return new Sum([{ coef: 1, base: s, mod: c, div: 1, stuck: 0 }], 0);
}

/** (x mod u div d) mod c is x mod (d*c) div d when u is a multiple of d*c or absent. */
function atomModulus(t: Term, c: number): Sum {
  const mod = t.div * c;
  if (t.mod === Infinity || t.mod % mod === 0) return new Sum([{ coef: 1, base: t.base, mod, div: t.div, stuck: t.stuck }], 0);
  return new Sum([{ coef: 1, base: new Sum([t], 0), mod: c, div: 1, stuck: 0 }], 0);
}

/** The same value with everything that is known used: ranges and facts. */
export function normalise(s: Sum, know: Knowledge): Sum {
  const terms = s.terms;
  let result: Sum | undefined;
  for (let i = 0; i < terms.length; i++) {
    const t = terms[i] as Term;
    const atom = normaliseAtom(t, know);
    if (atom === undefined) {
      if (result !== undefined) result = addScaled(result, new Sum([t.coef === 1 ? t : { coef: 1, base: t.base, mod: t.mod, div: t.div, stuck: t.stuck }], 0), t.coef);
      continue;
    }
    if (result === undefined) result = new Sum(terms.slice(0, i), 0);
    result = addScaled(result, atom, t.coef);
  }
  return result === undefined ? s : addConstant(result, s.constant);
}

/** The atom of a term anew; undefined when nothing changes. */
function normaliseAtom(t: Term, know: Knowledge): Sum | undefined {
  const base = t.base;
  if (base instanceof Sum) {
    const inner = normalise(base, know);
    if (t.stuck === 0) return divide(t.mod === Infinity ? inner : modulo(inner, t.mod, know), t.div, know);
    return divisionOfDivision(inner, t, know);
  }
  if (know.ranges && base.lo === base.hi) {
    const value = t.mod === Infinity ? base.lo : floorMod(base.lo, t.mod);
    return constantSum(Math.floor(value / t.div));
  }
  if (t.mod === Infinity && t.div === 1) return undefined;
  const whole = variableSum(base);
  return divide(t.mod === Infinity ? whole : modulo(whole, t.mod, know), t.div, know);
}

/**
 * ((E div a) div b), perhaps with a modulus: where E div a comes apart the rest follows from its quotient; otherwise E is not
 * looked into by the modulus, only its interval counts.
 */
function divisionOfDivision(inner: Sum, t: Term, know: Knowledge): Sum {
  const a = t.stuck;
  const quotient = divide(inner, a, know);
  const only = quotient.terms[0];
  const stays = only !== undefined && quotient.terms.length === 1 && quotient.constant === 0 && only.coef === 1 && only.div === a && only.base instanceof Sum;
  if (!stays && t.div % a === 0 && (t.mod === Infinity || t.mod % a === 0)) {
    return divide(t.mod === Infinity ? quotient : modulo(quotient, t.mod / a, know), t.div / a, know);
  }
  const bound: Interval = { lo: 0, hi: 0 };
  intervalOf(inner.terms, inner.constant, know, bound);
  if (t.mod === Infinity || (bound.lo >= 0 && bound.hi < t.mod)) return divide(inner, t.div, know);
  if (inner.terms.length < 2) return divide(modulo(inner, t.mod, know), t.div, know);
  return divide(new Sum([{ coef: 1, base: inner, mod: t.mod, div: 1, stuck: 0 }], 0), t.div, know);
}
