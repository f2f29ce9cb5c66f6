/** The leaders of a task, run in turn on its bench; the one that is clearly faster becomes its best. */
import type { LeadersEvent } from '../../protocol/session-event.js';
import { replay } from '../../schedule/apply.js';
import { compileState, symbolFor, type CompiledState } from '../compile.js';
import type { Backend } from '../backend.js';
import type { Artifact } from '../../measure/interface.js';
import { contenders, runInTurn } from './leaders.js';
import type { BestRecord, TaskTuner } from './task-tuner.js';

/** For one task: what is unclear then stays so. */
const MOST_SECONDS = 5;

interface Ready extends BestRecord { readonly artifact: Artifact; readonly compiled: CompiledState }

/** Undefined where the best stands alone, or nothing was measured in this session. */
export async function leadersOf(tuner: TaskTuner, backend: Backend, stopped: () => boolean): Promise<LeadersEvent | undefined> {
  const { bench, task } = tuner;
  const near = contenders(tuner.fastest);
  if (bench === undefined || near.length === 0) return undefined;
  const compiled = near.map((l) => compileState(replay(task.dag, l.steps), symbolFor(task.key + JSON.stringify(l.steps)), backend.unit));
  const built = await backend.build(compiled.map((c) => c.kernel));
  const ready = near.flatMap((l, i): Ready[] => {
    const [outcome, c] = [built[i], compiled[i]];
    return outcome?.result.ok === true && c !== undefined ? [{ ...l, artifact: outcome.result.value, compiled: c }] : [];
  });
  if (ready.length < 2) return undefined;
  const end = performance.now() + MOST_SECONDS * 1000;
  const event = await runInTurn(ready, task.key, async (l) => {
    const { result } = await bench.run(l.artifact, l.compiled, undefined);
    return result.ok ? result.value.seconds.reduce((a, b) => a + b, 0) / result.value.seconds.length : undefined;
  }, () => stopped() || performance.now() > end);
  const winner = event?.clear === true ? ready.find((l) => l.line === event.leaders[0]?.line) : undefined;
  if (winner !== undefined) tuner.best = winner;
  return event;
}
