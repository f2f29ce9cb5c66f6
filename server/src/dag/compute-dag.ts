/**
 * A compute DAG: operations in stage order, which is a depth-first walk of the read graph from the outputs, producers first
 * (Ansor, section 3; order as in TVM's schedules).
 */
import type { Buffer } from '../ir/buffer.js';
import type { Op } from './op.js';

export interface ComputeDag {
  /** Stage order. */
  readonly ops: readonly Op[];
  /** Buffers that nobody in the DAG reads, in order. */
  readonly outputs: readonly Buffer[];
}
