/** The loop state before any step: one stage per operation, spatial axes then reduce axes, everything at root. */
import type { ComputeDag } from '../dag/compute-dag.js';
import type { Axis, Op } from '../dag/op.js';
import { cleanName } from './names.js';
import type { Iterator, Stage, State } from './state.js';

/** The naive program of `dag`: every stage a plain loop nest over its axes. */
export function initialState(dag: ComputeDag): State {
  return { initialDag: dag, dag, stages: dag.ops.map(freshStage), attachments: [], steps: [], concrete: true };
}

/** A stage as it is when its operation enters the DAG. */
export function freshStage(op: Op): Stage {
  const iters = op.kind === 'compute' ? [...op.axes.map(freshIterator), ...op.reduceAxes.map(freshIterator)] : [];
  return { op, iters, computeAt: 'root', autoUnrollMaxStep: 0, storageOffset: 0 };
}

function freshIterator(axis: Axis): Iterator {
  const name = cleanName(axis.var.name);
  return {
    name, origins: [name], kind: axis.kind === 'reduce' ? 'reduction' : 'spatial', annotation: 'none',
    range: { min: axis.min, extent: axis.extent },
  };
}
