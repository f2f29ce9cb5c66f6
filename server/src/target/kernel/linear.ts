/**
 * Index expressions as sums `coefficient * atom + constant`. An atom is a variable, or a quotient or remainder that did not resolve.
 * Atoms are equal when their texts over the kernel's unique variable names are equal.
 */
import type { Buffer } from '../../ir/buffer.js';
import { binary, int, type Expr, type Var } from '../../ir/expr.js';
import { mentions } from '../../ir/walk.js';

export interface Term { readonly atom: Expr; readonly key: string; readonly coef: number }
export interface Linear { readonly terms: readonly Term[]; readonly constant: number }

export const ZERO: Linear = Object.freeze({ terms: Object.freeze([]), constant: 0 });

/** Names and ranges of the variables of one kernel; turns expressions into linear forms. */
export class IndexSpace {
  private readonly names = new Map<Var, string>();
  private readonly taken = new Set<string>();
  private readonly extents = new Map<Var, number>();
  private readonly bufferIds = new Map<Buffer, number>();

  /** Declares a loop variable over [0, extent). */
  declare(v: Var, extent: number): void {
    this.extents.set(v, extent);
    this.nameOf(v);
  }

  /** A name usable in C, the same for the same variable. */
  nameOf(v: Var): string {
    const known = this.names.get(v);
    if (known !== undefined) return known;
    const base = `${v.name.replace(/[^A-Za-z0-9]/g, '_').slice(0, 40)}_`;
    let name = `${base}${this.names.size}`;
    while (this.taken.has(name)) name += '_';
    this.names.set(v, name);
    this.taken.add(name);
    return name;
  }

  /** A number for each buffer: several may have one name. */
  bufferId(b: Buffer): number {
    const known = this.bufferIds.get(b) ?? this.bufferIds.size;
    this.bufferIds.set(b, known);
    return known;
  }

  allNames(): ReadonlyMap<Var, string> {
    return this.names;
  }

  /** The linear form of an integer expression. */
  linear(e: Expr): Linear {
    switch (e.kind) {
      case 'int': return { terms: [], constant: e.value };
      case 'var': return { terms: [{ atom: e, key: this.nameOf(e), coef: 1 }], constant: 0 };
      case 'cast': return e.dtype === 'int32' || e.dtype === 'int64' ? this.linear(e.a) : this.opaque(e);
      case 'binary': {
        switch (e.op) {
          case 'add': return add(this.linear(e.a), this.linear(e.b), 1);
          case 'sub': return add(this.linear(e.a), this.linear(e.b), -1);
          case 'mul': {
            const a = this.linear(e.a);
            const b = this.linear(e.b);
            if (b.terms.length === 0) return scale(a, b.constant);
            if (a.terms.length === 0) return scale(b, a.constant);
            break;
          }
          case 'floordiv': case 'floormod': {
            const b = this.linear(e.b);
            if (b.terms.length === 0 && b.constant > 0) return this.quotient(e.op, this.linear(e.a), b.constant);
            break;
          }
          default: break;
        }
        return this.opaque(e);
      }
      default: return this.opaque(e);
    }
  }

  /** Bounds over all declared ranges, or undefined if a variable's range is unknown. */
  range(l: Linear): { readonly lo: number; readonly hi: number } | undefined {
    let lo = l.constant;
    let hi = l.constant;
    for (const t of l.terms) {
      const r = this.atomRange(t.atom);
      if (r === undefined) return undefined;
      lo += t.coef * (t.coef > 0 ? r.lo : r.hi);
      hi += t.coef * (t.coef > 0 ? r.hi : r.lo);
    }
    return { lo, hi };
  }

  private atomRange(e: Expr): { lo: number; hi: number } | undefined {
    if (e.kind === 'var') {
      const extent = this.extents.get(e);
      return extent === undefined ? undefined : { lo: 0, hi: extent - 1 };
    }
    if (e.kind === 'binary' && (e.op === 'floordiv' || e.op === 'floormod') && e.b.kind === 'int') {
      const a = this.range(this.linear(e.a));
      const c = e.b.value;
      if (e.op === 'floormod') return a !== undefined && a.lo >= 0 && a.hi < c ? a : { lo: 0, hi: c - 1 };
      return a === undefined ? undefined : { lo: Math.floor(a.lo / c), hi: Math.floor(a.hi / c) };
    }
    return undefined;
  }

  /** floor(l / c) or l mod c: terms that c divides leave; a rest that stays within one multiple of c resolves. */
  private quotient(op: 'floordiv' | 'floormod', l: Linear, c: number): Linear {
    if (c === 1) return op === 'floordiv' ? l : ZERO;
    const { whole, rest } = divided(l, c);
    const r = this.range(rest);
    if (r !== undefined && Math.floor(r.lo / c) === Math.floor(r.hi / c)) {
      const q = Math.floor(r.lo / c);
      return op === 'floordiv' ? add(whole, { terms: [], constant: q }, 1) : add(rest, { terms: [], constant: q * c }, -1);
    }
    const nested = this.nestedQuotient(op, rest, c);
    if (nested !== undefined) return op === 'floordiv' ? add(whole, nested, 1) : nested;
    const atom = binary(op, this.expr(rest), int(c));
    const inner: Linear = { terms: [{ atom, key: this.text(atom), coef: 1 }], constant: 0 };
    return op === 'floordiv' ? add(whole, inner, 1) : inner;
  }

  /** floor((g x + s) / (g m)) = floor(x / m) and (g x + s) mod (g m) = g (x mod m) + s, where 0 <= s < g. */
  private nestedQuotient(op: 'floordiv' | 'floormod', l: Linear, c: number): Linear | undefined {
    for (const g of new Set(l.terms.map((t) => Math.abs(t.coef)))) {
      if (g === 1 || c % g !== 0) continue;
      const { whole: x, rest: s } = divided(l, g);
      const r = this.range(s);
      if (r === undefined || r.lo < 0 || r.hi >= g) continue;
      const q = this.quotient(op, x, c / g);
      return op === 'floordiv' ? q : add(s, q, g);
    }
    return undefined;
  }

  private opaque(e: Expr): Linear {
    return { terms: [{ atom: e, key: this.text(e), coef: 1 }], constant: 0 };
  }

  /** The expression of a linear form. */
  expr(l: Linear): Expr {
    let sum: Expr | undefined;
    for (const t of l.terms) {
      const scaled = t.coef === 1 ? t.atom : binary('mul', t.atom, int(t.coef));
      sum = sum === undefined ? scaled : binary('add', sum, scaled);
    }
    if (sum === undefined) return int(l.constant);
    return l.constant === 0 ? sum : binary('add', sum, int(l.constant));
  }

  /** A text that is equal for equal expressions (within this kernel). */
  text(e: Expr): string {
    switch (e.kind) {
      case 'var': return this.nameOf(e);
      case 'int': case 'float': return `${e.dtype}:${numberKey(e.value)}`;
      case 'binary': return `(${e.op} ${this.text(e.a)} ${this.text(e.b)})`;
      case 'not': return `(not ${this.text(e.a)})`;
      case 'cast': return `(${e.dtype} ${this.text(e.a)})`;
      case 'select': return `(select ${this.text(e.cond)} ${this.text(e.then)} ${this.text(e.else)})`;
      case 'call': return `(${e.callee} ${e.args.map((a) => this.text(a)).join(' ')})`;
      case 'load': return `(load ${this.bufferId(e.buffer)} ${e.indices.map((a) => this.text(a)).join(' ')})`;
    }
  }
}

/** l = c * whole + rest: the terms that c divides and as much of the constant, and what is left. */
function divided(l: Linear, c: number): { readonly whole: Linear; readonly rest: Linear } {
  const whole: Term[] = [];
  const rest: Term[] = [];
  for (const t of l.terms) {
    if (t.coef % c === 0) whole.push({ atom: t.atom, key: t.key, coef: t.coef / c });
    else rest.push(t);
  }
  const constant = Math.floor(l.constant / c);
  return { whole: { terms: whole, constant }, rest: { terms: rest, constant: l.constant - c * constant } };
}

/** a + k * b. */
export function add(a: Linear, b: Linear, k: number): Linear {
  if (b.terms.length === 0) return b.constant === 0 ? a : { terms: a.terms, constant: a.constant + k * b.constant };
  const terms = a.terms.slice();
  addTerms(terms, b.terms, k);
  return { terms, constant: a.constant + k * b.constant };
}

/** Adds k * more to the terms in place: addresses of all registers of a tile are summed so. */
export function addTerms(terms: Term[], more: readonly Term[], k: number): void {
  if (k === 0) return;
  for (const t of more) {
    const at = terms.findIndex((x) => sameAtom(x, t));
    const old = terms[at];
    if (old === undefined) terms.push(k === 1 ? t : { atom: t.atom, key: t.key, coef: k * t.coef });
    else if (old.coef + k * t.coef === 0) terms.splice(at, 1);
    else terms[at] = { atom: old.atom, key: old.key, coef: old.coef + k * t.coef };
  }
}

/** Variables have identity; other atoms are equal where their texts are. */
function sameAtom(a: Term, b: Term): boolean {
  return a.atom === b.atom || (a.atom.kind !== 'var' && b.atom.kind !== 'var' && a.key === b.key);
}

export function scale(a: Linear, k: number): Linear {
  if (k === 0) return ZERO;
  return k === 1 ? a : { terms: a.terms.map((t) => ({ atom: t.atom, key: t.key, coef: t.coef * k })), constant: a.constant * k };
}

/** The coefficient of a variable, or undefined if it also stands inside a quotient or remainder. */
export function coefficient(l: Linear, v: Var): number | undefined {
  let coef = 0;
  for (const t of l.terms) {
    if (t.atom === v) coef = t.coef;
    else if (t.atom.kind !== 'var' && mentions(t.atom, v)) return undefined;
  }
  return coef;
}

/** A text that is equal for equal numbers only: zeros have signs. */
export function numberKey(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A text equal for equal linear forms. */
export function linearKey(l: Linear): string {
  return `${l.terms.map((t) => `${t.coef}*${t.key}`).sort().join('+')}+${l.constant}`;
}
