/** What rules know besides the state: the task, parameters, and the access analyses of the DAGs met so far. */
import { analyseAccess, type AccessAnalysis } from '../dag/access.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import { isGpu, isMali } from '../hardware/target.js';
import { createTileTable, type TileTable } from './tile-table.js';
import { DEFAULT_SKETCH_PARAMS, type SketchParams } from './params.js';
import type { SketchTask } from './task.js';

export interface SketchContext {
  readonly task: SketchTask;
  readonly params: SketchParams;
  /** Mali counts as a GPU: it takes the GPU's tiling and inlining, but the CPU's list of rules. */
  readonly gpu: boolean;
  readonly mali: boolean;
  /** Analysis of a DAG, made once: states of one sketch share their DAG. */
  access(dag: ComputeDag): AccessAnalysis;
  readonly tiles: TileTable;
}

export function createSketchContext(task: SketchTask, params: SketchParams = DEFAULT_SKETCH_PARAMS): SketchContext {
  const analyses = new WeakMap<ComputeDag, AccessAnalysis>();
  return {
    task, params, gpu: isGpu(task.target) || isMali(task.target), mali: isMali(task.target), tiles: createTileTable(),
    access(dag) {
      let analysis = analyses.get(dag);
      if (analysis === undefined) {
        analysis = analyseAccess(dag);
        analyses.set(dag, analysis);
      }
      return analysis;
    },
  };
}
