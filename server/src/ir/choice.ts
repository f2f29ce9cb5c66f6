/** Choices in expressions: `cond ? then : otherwise`, and conditions that "and" joins. */
import { binary, ifThenElse, type Expr } from './expr.js';

export interface Choice { readonly cond: Expr; readonly then: Expr; readonly otherwise: Expr }

/** The choice that `e` is, in either form: both values are computed, or the one that is taken. */
export function choiceOf(e: Expr): Choice | undefined {
  return e.kind === 'select' ? { cond: e.cond, then: e.then, otherwise: e.else } : ifThenElseOf(e);
}

/** The choice that `e` is if it computes only the value that is taken. */
export function ifThenElseOf(e: Expr): Choice | undefined {
  if (e.kind !== 'call' || e.callee !== 'tir.if_then_else') return undefined;
  const [cond, then, otherwise] = e.args;
  return cond === undefined || then === undefined || otherwise === undefined ? undefined : { cond, then, otherwise };
}

/** `then` where all tests hold, computed there only. */
export function choose(tests: readonly Expr[], then: Expr, otherwise: Expr): Expr {
  return tests.length === 0 ? then : ifThenElse(tests.reduce((a, b) => binary('and', a, b)), then, otherwise);
}

/** The conditions that `cond` joins by "and". */
export function conjuncts(cond: Expr): readonly Expr[] {
  return cond.kind === 'binary' && cond.op === 'and' ? [...conjuncts(cond.a), ...conjuncts(cond.b)] : [cond];
}
