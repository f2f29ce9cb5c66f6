/**
 * A count of cycles that compares algorithms for one operator before anything is measured: multiply-adds at the rate of a good register tile, transforms
 * at one memory access each, constants once through the memory, which all cores share. Not a prediction of times.
 */
import { elementCount } from '../../ir/buffer.js';
import { dtypeBytes } from '../../ir/dtype.js';
import { visitExpr } from '../../ir/walk.js';
import type { ComputeDag } from '../compute-dag.js';
import type { ComputeOp } from '../op.js';

/** Multiply-adds of vectors per cycle in a register tile with many rows. */
const RATE = 1.8;
/** Rows whose loads of weights cost as much as their multiply-adds. */
const HALF_ROWS = 2;
/** From the memory, per cycle of one core, in bytes. */
const MEMORY_BYTES = 6;

export interface RoughMachine {
  /** Elements of a vector. */
  readonly lanes: number;
  readonly cores: number;
}

export function roughCycles(dag: ComputeDag, { lanes, cores }: RoughMachine): number {
  const constants = dag.ops.reduce((sum, op) => (op.kind === 'placeholder' && op.constant ? sum + elementCount(op.output.shape) * dtypeBytes(op.output.dtype) : sum), 0);
  const work = dag.ops.reduce((sum, op) => (op.kind === 'compute' ? sum + stepsOf(op) : sum), 0);
  return work / (lanes * cores) + constants / MEMORY_BYTES;
}

function stepsOf(op: ComputeOp): number {
  const elements = elementCount(op.output.shape);
  if (op.body.kind === 'expr') {
    // Chains of selections are unrolled: each element is one branch.
    let loads = 0;
    let branches = 1;
    visitExpr(op.body.value, (e) => {
      if (e.kind === 'load') loads++;
      else if (e.kind === 'select') branches++;
    });
    return branches === 1 ? 0 : elements * (loads / branches + 1);
  }
  const operands: Set<unknown>[] = [];
  visitExpr(op.body.source, (e) => {
    if (e.kind !== 'load') return;
    const used = new Set<unknown>();
    for (const index of e.indices) visitExpr(index, (x) => used.add(x));
    operands.push(used);
  });
  // Rows share what is loaded along the last axis; axes that move all operands share nothing.
  const rows = op.axes.slice(0, -1).reduce((n, axis) => (operands.every((used) => used.has(axis.var)) ? n : n * axis.extent), 1);
  const terms = op.reduceAxes.reduce((n, axis) => n * axis.extent, 1);
  return (elements * terms * (rows + HALF_ROWS)) / (rows * RATE);
}
