/** A search task: one compute DAG to be made fast on one target. */
import type { ComputeDag } from '../dag/compute-dag.js';
import type { HardwareParams } from '../hardware/params.js';
import type { Target } from '../hardware/target.js';

export interface SearchTask {
  /** The record's workload key (JSON text). */
  readonly workloadKey: string;
  /** For people, e.g. `conv2d_nhwc+T_add+T_relu`. */
  readonly name: string;
  readonly dag: ComputeDag;
  readonly target: Target;
  readonly hardware: HardwareParams;
}
