/** Kernels of networks that are compared: most of them are in several, so each program is lowered and compiled once. */
import type { ComputeDag } from '../../dag/compute-dag.js';
import type { TransformStep } from '../../schedule/step.js';
import type { CompiledState } from '../compile.js';

export class KnownKernels {
  /** By plan task and program: a plan's task may have DAGs of several algorithms, and equal steps under several names. */
  private readonly byDag = new WeakMap<ComputeDag, Map<string, CompiledState>>();

  /** What `compile` makes of plan task `task` with these steps; undefined: those of the default rules. */
  of(dag: ComputeDag, task: number, steps: readonly TransformStep[] | undefined, compile: () => CompiledState): CompiledState {
    const key = `${task} ${steps === undefined ? 'default' : JSON.stringify(steps)}`;
    const ofDag = this.byDag.get(dag) ?? new Map<string, CompiledState>();
    this.byDag.set(dag, ofDag);
    const made = ofDag.get(key) ?? compile();
    ofDag.set(key, made);
    return made;
  }
}
