/** Programs that are not worth scoring (TVM: PruneInvalidState). */
import type { State } from '../schedule/state.js';

/** Two or more parallel loops in the nest of one root stage. */
export function hasNestedParallel(state: State): boolean {
  const count = (id: number): number => {
    let n = state.stages[id]?.iters.filter((it) => it.annotation === 'parallel').length ?? 0;
    for (const a of state.attachments) if (a.target === id) n += count(a.stage);
    return n;
  };
  return state.stages.some((stage, id) => stage.op.kind === 'compute' && stage.computeAt === 'root' && count(id) >= 2);
}
