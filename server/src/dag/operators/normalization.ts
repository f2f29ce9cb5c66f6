/** Normalization to mean 0 and variance 1 over the last axes (operator library: mean, variance, and relay's layer norm written out). */
import { compute } from '../create.js';
import type { ComputeOp } from '../op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, call, float, load } from '../../ir/expr.js';
import { broadcastStage, unaryStage } from './elementwise.js';
import { numberedAxes } from './index-forms.js';
import { reduction } from './reduction.js';

/** (x - mean) / sqrt(variance + epsilon) over the axes from `axis` on; the same shape as `x`. */
export function normalization(x: Buffer, axis: number, epsilon: number): ComputeOp[] {
  const axes = x.shape.flatMap((_, i) => (i >= axis ? [i] : []));
  const over = { combiner: 'add', mean: true, axes, keepDims: true } as const;
  const [sum, mean] = pair(reduction(x, over));
  const centred = broadcastStage('T_subtract', 'sub', x, mean.output, x.shape);
  const square = compute('T_multiply', x.shape, numberedAxes('ax', x.shape.length), (at) => binary('mul', load(centred.output, at), load(centred.output, at)));
  const [squares, variance] = pair(reduction(square.output, over));
  const shifted = unaryStage('T_add', variance.output, (e) => binary('add', e, float(epsilon, x.dtype)));
  const scale = unaryStage('tensor', shifted.output, (e) => binary('div', float(1, x.dtype), call('tir.sqrt', [e], x.dtype)));
  const scaled = broadcastStage('T_multiply', 'mul', centred.output, scale.output, x.shape);
  return [sum, mean, centred, square, squares, variance, shifted, scale, scaled];
}

function pair(stages: readonly ComputeOp[]): readonly [ComputeOp, ComputeOp] {
  const [first, second] = stages;
  if (first === undefined || second === undefined) throw new Error('assertion failed: a mean is a sum and a division');
  return [first, second];
}
