/** What the search space of a task depends on: the operators and the machine. A search task has all of this. */
import type { ComputeDag } from '../dag/compute-dag.js';
import type { HardwareParams } from '../hardware/params.js';
import type { Target } from '../hardware/target.js';

export interface SketchTask {
  readonly dag: ComputeDag;
  readonly target: Target;
  readonly hardware: HardwareParams;
}
