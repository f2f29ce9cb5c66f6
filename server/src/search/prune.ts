/** Programs that are not worth scoring (TVM: PruneInvalidState). */
import type { State } from '../schedule/state.js';

/** Two or more parallel loops in the nest of one root stage. */
export function hasNestedParallel(state: State): boolean {
  // Most states have so few parallel loops that none can be within another.
  let parallels = 0;
  for (const stage of state.stages) for (const it of stage.iters) if (it.annotation === 'parallel') parallels++;
  if (parallels < 2) return false;
  const count = (id: number): number => {
    let n = state.stages[id]?.iters.filter((it) => it.annotation === 'parallel').length ?? 0;
    for (const a of state.attachments) if (a.target === id) n += count(a.stage);
    return n;
  };
  return state.stages.some((stage, id) => stage.op.kind === 'compute' && stage.computeAt === 'root' && count(id) >= 2);
}
