/** Traversals of values. */
import type { Condition, KernelStmt, Value } from './ir.js';

/** The direct operands in the order in which they are computed; of a branch also what its condition compares. */
export function operandsOf(v: Value): readonly Value[] {
  switch (v.kind) {
    case 'const': case 'register': case 'load': case 'index': return [];
    case 'binary': return [v.a, v.b];
    case 'fma': return [v.a, v.b, v.c];
    case 'call': return v.args;
    case 'cast': case 'across': return [v.a];
    case 'gather': return [v.index];
    case 'branch': return [...comparedIn(v.cond), v.then, v.else];
  }
}

/** The values that a condition compares. */
export function comparedIn(c: Condition): readonly Value[] {
  switch (c.kind) {
    case 'index': return [];
    case 'compare': return [c.a, c.b];
    case 'not': return comparedIn(c.a);
    case 'and': case 'or': return [...comparedIn(c.a), ...comparedIn(c.b)];
  }
}

/** Calls `visit` for `v` and everything in it, parents first. */
export function visitValue(v: Value, visit: (node: Value) => void): void {
  visit(v);
  for (const operand of operandsOf(v)) visitValue(operand, visit);
}

/** The values that a statement itself computes, without those of statements inside. */
export function valuesOf(s: KernelStmt): readonly Value[] {
  switch (s.kind) {
    case 'let': case 'set': case 'store': return [s.value];
    case 'if': return comparedIn(s.cond);
    case 'for': case 'parallel': case 'prefetch': return [];
  }
}

/** `v` with `change` of each direct operand in its place. */
export function withOperands(v: Value, change: (operand: Value) => Value): Value {
  switch (v.kind) {
    case 'const': case 'register': case 'load': case 'index': return v;
    case 'binary': return { ...v, a: change(v.a), b: change(v.b) };
    case 'fma': return { ...v, a: change(v.a), b: change(v.b), c: change(v.c) };
    case 'call': return { ...v, args: v.args.map(change) };
    case 'cast': case 'across': return { ...v, a: change(v.a) };
    case 'gather': return { ...v, index: change(v.index) };
    case 'branch': return { ...v, cond: conditionWith(v.cond, change), then: change(v.then), else: change(v.else) };
  }
}

function conditionWith(c: Condition, change: (operand: Value) => Value): Condition {
  switch (c.kind) {
    case 'index': return c;
    case 'compare': return { ...c, a: change(c.a), b: change(c.b) };
    case 'not': return { ...c, a: conditionWith(c.a, change) };
    case 'and': case 'or': return { ...c, a: conditionWith(c.a, change), b: conditionWith(c.b, change) };
  }
}
