/**
 * DotProduct (of our own; default schedules only): where both operands run along the reduction, as in `A[i, k] * B[j, k]`, lanes do
 * so too, as partial sums.
 *   before: for i, j, k { C[i, j] += A[i, k] * B[j, k] }
 *   after:  for i, j, k_o, k_i { C.rf[i, j, k_i] += ... }  for i, j, k_i_v { C[i, j] += C.rf[i, j, k_i_v] }
 * Constant operands are left alone: they are packed into the order in which they are read.
 */
import type { ComputeDag } from '../../dag/compute-dag.js';
import type { ComputeOp } from '../../dag/op.js';
import type { Load } from '../../ir/expr.js';
import { visitExpr } from '../../ir/walk.js';
import type { SketchRule } from '../rule.js';
import { needsTiling } from '../stage-facts.js';
import { stageOf } from '../transform.js';
import { factorReduction } from './add-rfactor.js';

const LEAST_LANES = 4;

/** Does `op` read some operand that changes with its lane axis with a stride, while all operands are contiguous along the reduction? */
export function isDotProduct(dag: ComputeDag, op: ComputeOp): boolean {
  const reduction = op.reduceAxes[0];
  const lane = op.axes.filter((axis) => axis.extent > 1).at(-1);
  if (op.body.kind !== 'reduce' || reduction === undefined || lane === undefined || op.reduceAxes.length !== 1 || reduction.extent % LEAST_LANES !== 0) return false;
  const constants = new Set(dag.ops.flatMap((other) => (other.kind === 'placeholder' && other.constant ? [other.output] : [])));
  const loads: Load[] = [];
  visitExpr(op.body.source, (e) => {
    if (e.kind === 'load') loads.push(e);
  });
  const strided = loads.filter((load) => load.indices.slice(0, -1).includes(lane.var));
  return loads.every((load) => load.indices.at(-1) === reduction.var) && strided.some((load) => !constants.has(load.buffer));
}

export const dotProduct: SketchRule = {
  name: 'DotProduct',
  condition(ctx, state, stage) {
    const { op } = stageOf(state, stage);
    return op.kind === 'compute' && needsTiling(ctx, state, stage) && isDotProduct(state.dag, op) ? 'only' : 'skip';
  },
  apply: (_ctx, state, stage) => [{ state: factorReduction(state, stage, 1), stage: stage - 1 }],
};
