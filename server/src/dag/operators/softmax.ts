/** Softmax over one axis (operator library: nn.softmax). */
import { compute, reduce } from '../create.js';
import type { ComputeOp } from '../op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, call, float, int, load, select, type Expr } from '../../ir/expr.js';
import { numberedAxes } from './index-forms.js';

export function softmax(x: Buffer, axis: number): ComputeOp[] {
  const { dtype, shape } = x;
  const outer = shape.filter((_, i) => i !== axis);
  const axes = numberedAxes('i', shape.length);
  const kept = numberedAxes('i', outer.length);
  const over = { k: shape[axis] ?? 1 };
  const without = (at: readonly Expr[]): Expr[] => at.filter((_, i) => i !== axis);
  const along = (at: readonly Expr[], k: Expr | undefined): Expr[] => [...at.slice(0, axis), k ?? int(0), ...at.slice(axis)];
  const largest = reduce('T_softmax_maxelem', outer, kept, over, 'max', (at, [k]) => load(x, along(at, k)));
  const exp = compute('T_softmax_exp', shape, axes, (at) => call('tir.exp', [binary('sub', load(x, at), load(largest.output, without(at)))], dtype));
  const sum = reduce('T_softmax_expsum', outer, kept, over, 'add', (at, [k]) => load(exp.output, along(at, k)));
  const norm = compute('T_softmax_norm', shape, axes, (at) => binary('div', load(exp.output, at), load(sum.output, without(at))));
  return [largest, exp, sum, norm];
}

/** x - max - log(sum of exp(x - max)) along one axis (operator library: nn.log_softmax). */
export function logSoftmax(x: Buffer, axis: number): ComputeOp[] {
  const { dtype, shape } = x;
  const { outer, axes, kept, over, along, without } = formOf(shape, axis);
  const largest = reduce('T_softmax_maxelem', outer, kept, over, 'max', (at, [k]) => load(x, along(at, k)));
  const sum = reduce('T_softmax_expsum', outer, kept, over, 'add', (at, [k]) => call('tir.exp', [binary('sub', load(x, along(at, k)), load(largest.output, at))], dtype));
  return [largest, sum, compute('T_log_softmax', shape, axes, (at) =>
    binary('sub', binary('sub', load(x, at), load(largest.output, without(at))), call('tir.log', [load(sum.output, without(at))], dtype)))];
}

/** 1 at the first largest element along the axis, 0 elsewhere. */
export function hardmax(x: Buffer, axis: number): ComputeOp[] {
  const { dtype, shape } = x;
  const { outer, axes, kept, over, along, without } = formOf(shape, axis);
  const largest = reduce('T_hardmax_maxelem', outer, kept, over, 'max', (at, [k]) => load(x, along(at, k)));
  const first = reduce('T_hardmax_first', outer, kept, over, 'min', (at, [k = int(0)]) => select(binary('eq', load(x, along(at, k)), load(largest.output, at)), k, int(shape[axis] ?? 1)));
  return [largest, first, compute('T_hardmax', shape, axes, (at) =>
    select(binary('eq', load(first.output, without(at)), at[axis] ?? int(0)), float(1, dtype), float(0, dtype)))];
}

interface Form {
  readonly outer: readonly number[];
  readonly axes: readonly string[];
  readonly kept: readonly string[];
  readonly over: Readonly<Record<string, number>>;
  readonly along: (at: readonly Expr[], k: Expr | undefined) => Expr[];
  readonly without: (at: readonly Expr[]) => Expr[];
}

function formOf(shape: readonly number[], axis: number): Form {
  const outer = shape.filter((_, i) => i !== axis);
  return {
    outer, axes: numberedAxes('i', shape.length), kept: numberedAxes('i', outer.length), over: { k: shape[axis] ?? 1 },
    along: (at, k) => [...at.slice(0, axis), k ?? int(0), ...at.slice(axis)], without: (at) => at.filter((_, i) => i !== axis),
  };
}
