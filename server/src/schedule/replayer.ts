/**
 * Replay for a search: thousands of states of one DAG, most of which add the same stages. Equal stage-creating steps give the same
 * DAG object here, so that what is derived from a DAG can be kept by its identity and its expressions are rewritten only once.
 */
import type { ComputeDag } from '../dag/compute-dag.js';
import { initialState } from './initial.js';
import { insertStage, type DagChange } from './insert-stage.js';
import { stageAxes } from './leaf-axes.js';
import type { State } from './state.js';
import type { TransformStep } from './step.js';
import { cacheReadChange } from './steps/cache-read.js';
import { cacheWriteChange } from './steps/cache-write.js';
import { stepDefinition } from './steps/index.js';
import { rfactorChange } from './steps/rfactor.js';

export interface Replayer {
  readonly initial: State;
  /** As `replay`, `replayFrom` and `applyStep` of apply.ts. */
  replay(steps: readonly TransformStep[]): State;
  replayFrom(state: State, steps: readonly TransformStep[]): State;
  apply(state: State, step: TransformStep): State;
}

/** RF depends on the loops that the stage's splits made; their names tell the structure, their extents the sizes. */
function rfactorKey(state: State, stage: number): string {
  const op = state.dag.ops[stage];
  if (op?.kind !== 'compute') return '';
  return stageAxes(state.steps, stage, op).leaves.map((leaf) => `${leaf.var.name}:${leaf.extent}`).join(' ');
}

/** A replayer with memory of its own; it grows with the number of different DAGs, of which a sketch has one (with RF: one per tile size). */
export function createReplayer(dag: ComputeDag): Replayer {
  const known = new WeakMap<ComputeDag, Map<string, DagChange>>();
  const initial = initialState(dag);
  const changeOf = (state: State, key: string, make: () => DagChange): DagChange => {
    let changes = known.get(state.dag);
    if (changes === undefined) known.set(state.dag, (changes = new Map()));
    let change = changes.get(key);
    if (change === undefined) changes.set(key, (change = make()));
    return change;
  };
  const apply = (state: State, step: TransformStep): State => {
    switch (step.kind) {
      case 'CHR':
        return insertStage(state, step, changeOf(state, `CHR ${step.stage} ${step.scope} ${step.readers.join()}`, () => cacheReadChange(state, step)));
      case 'CHW':
        return insertStage(state, step, changeOf(state, `CHW ${step.stage} ${step.scope}`, () => cacheWriteChange(state, step)));
      case 'RF':
        return insertStage(state, step, changeOf(state, `RF ${step.stage} ${step.iter} ${step.factorIter} ${rfactorKey(state, step.stage)}`, () => rfactorChange(state, step)));
      default:
        return stepDefinition(step.kind).apply(state, step);
    }
  };
  const replayFrom = (state: State, steps: readonly TransformStep[]): State => steps.reduce(apply, state);
  return { initial, apply, replayFrom, replay: (steps) => replayFrom(initial, steps) };
}
