/** Softmax over one axis (operator library: nn.softmax). */
import { compute, reduce } from '../create.js';
import type { ComputeOp } from '../op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, call, int, load, type Expr } from '../../ir/expr.js';
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
