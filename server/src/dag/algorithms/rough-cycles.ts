/**
 * A count of cycles that compares algorithms for one operator before anything is measured: multiply-adds at the rate of a good register tile, transforms
 * by the vectors that they store, constants once from the memory, which all cores share, or from the last cache, where that keeps them from call to call.
 * Not a prediction of times. Rates: measured on 2 cores with AVX-512 and 32 MiB of last cache, convolutions of ResNet-18 in the network and alone.
 */
import { elementCount } from '../../ir/buffer.js';
import { dtypeBytes } from '../../ir/dtype.js';
import { visitExpr } from '../../ir/walk.js';
import type { ComputeDag } from '../compute-dag.js';
import type { ComputeOp } from '../op.js';

/** Multiply-adds of vectors per cycle in a register tile with many rows. */
const RATE = 1.8;
/** Rows whose loads of weights cost as much as their multiply-adds. */
const HALF_ROWS = 1;
/** Cycles for each vector that a transform stores: what it reads is mostly in registers already. */
const TRANSFORM = 2.5;
/** Bytes per cycle of one core that come from the memory, to one core and to all together, and from the last cache, to each. */
const MEMORY_BYTES = 10;
const SHARED_BYTES = 15;
const CACHE_BYTES = 32;

export interface RoughMachine {
  /** Elements of a vector. */
  readonly lanes: number;
  readonly cores: number;
  /** Are the constants still in the last cache when they are used again? */
  readonly kept: boolean;
}

export function constantBytes(dag: ComputeDag): number {
  return dag.ops.reduce((sum, op) => (op.kind === 'placeholder' && op.constant ? sum + elementCount(op.output.shape) * dtypeBytes(op.output.dtype) : sum), 0);
}

export function roughCycles(dag: ComputeDag, { lanes, cores, kept }: RoughMachine): number {
  const work = dag.ops.reduce((sum, op) => (op.kind === 'compute' ? sum + stepsOf(op) : sum), 0);
  return work / (lanes * cores) + constantBytes(dag) / (kept ? CACHE_BYTES * cores : Math.min(MEMORY_BYTES * cores, SHARED_BYTES));
}

function stepsOf(op: ComputeOp): number {
  const elements = elementCount(op.output.shape);
  if (op.body.kind === 'expr') {
    return op.body.value.kind === 'select' ? elements * TRANSFORM : 0;
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
