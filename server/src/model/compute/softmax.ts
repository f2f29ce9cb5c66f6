/** Softmax over one axis (operator library: nn.softmax). */
import type { ComputeOp } from '../../dag/op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, call, int, load, type Expr } from '../../ir/expr.js';
import { mapStage, numberedAxes, reduceStage } from './stage.js';

export function softmax(x: Buffer, axis: number): ComputeOp[] {
  const { dtype, shape } = x;
  const outer = shape.filter((_, i) => i !== axis);
  const all = { axes: numberedAxes('i', shape.length), shape, dtype };
  const kept = { axes: numberedAxes('i', outer.length), shape: outer, dtype };
  const over = [{ name: 'k', extent: shape[axis] ?? 1 }];
  const without = (at: readonly Expr[]): Expr[] => at.filter((_, i) => i !== axis);
  const along = (at: readonly Expr[], k: Expr | undefined): Expr[] => [...at.slice(0, axis), k ?? int(0), ...at.slice(axis)];
  const largest = reduceStage({ name: 'T_softmax_maxelem', ...kept }, 'max', over, (at, [k]) => load(x, along(at, k)));
  const exp = mapStage({ name: 'T_softmax_exp', ...all }, (at) => call('tir.exp', [binary('sub', load(x, at), load(largest.output, without(at)))], dtype));
  const sum = reduceStage({ name: 'T_softmax_expsum', ...kept }, 'add', over, (at, [k]) => load(exp.output, along(at, k)));
  const norm = mapStage({ name: 'T_softmax_norm', ...all }, (at) => binary('div', load(exp.output, at), load(sum.output, without(at))));
  return [largest, exp, sum, norm];
}
