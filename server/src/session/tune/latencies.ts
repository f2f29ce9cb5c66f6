/** Latencies of the whole input: without any schedule, as it was before this run, and now. */
import type { DoneEvent } from '../../protocol/session-event.js';
import { replay } from '../../schedule/apply.js';
import type { Backend } from '../backend.js';
import { compileNaive, compileState, defaultState, symbolFor, type CompiledState } from '../compile.js';
import type { TuningInput } from '../input.js';
import { assembleNetwork, standardInputs, startNetwork } from '../network.js';
import type { BufferIds } from '../task-bench.js';
import type { TaskTuner } from './task-tuner.js';
import type { TuneRun } from './options.js';
import type { TransformStep } from '../../schedule/step.js';

/** How the tasks of a network are compiled: without schedule, by default rules, or by the log's best (default rules where it has none). */
export type Choice = 'naive' | 'default' | ((key: string) => readonly TransformStep[] | undefined);

/** The kernels of a network's tasks, by plan task. */
export function compileTasks(input: TuningInput, backend: Backend, choice: Choice): CompiledState[] {
  const plan = input.plan;
  if (plan === undefined) return [];
  return plan.tasks.map((task, i) => {
    const symbol = (text: string): string => symbolFor(`${i} ${text}`);
    if (choice === 'naive') return compileNaive(task.dag, symbol('naive'));
    const own = input.tasks.find((t) => t.planTask === i);
    const steps = choice === 'default' || own === undefined ? undefined : choice(own.key);
    const state = steps === undefined ? defaultState(task.dag, backend) : replay(task.dag, steps);
    return compileState(state, symbol(JSON.stringify(state.steps)), backend.unit);
  });
}

export async function networkLatencies(run: TuneRun, tuners: readonly TaskTuner[], before: ReadonlyMap<string, TaskTuner['best']>, ids: BufferIds): Promise<DoneEvent['latencyMs']> {
  if (run.input.plan === undefined) return operatorLatencies(tuners, before);
  const best = new Map(tuners.map((t) => [t.task.key, t.best?.steps]));
  return {
    naive: await latencyOf(run, 'naive', 2, ids),
    before: await latencyOf(run, (key) => before.get(key)?.steps, 10, ids),
    after: await latencyOf(run, (key) => best.get(key), 10, ids),
  };
}

/** Without a network: the sum of the tasks' best times. */
function operatorLatencies(tuners: readonly TaskTuner[], before: ReadonlyMap<string, TaskTuner['best']>): DoneEvent['latencyMs'] {
  const sum = (of: (t: TaskTuner) => number | undefined): number | null => {
    let total = 0;
    for (const t of tuners) {
      const seconds = of(t);
      if (seconds === undefined) return null;
      total += seconds * t.task.weight;
    }
    return total * 1000;
  };
  return { naive: sum((t) => t.bench?.naiveSeconds), before: sum((t) => before.get(t.task.key)?.seconds), after: sum((t) => t.best?.seconds) };
}

/** The median of some calls, in ms; null if the network cannot be run. */
async function latencyOf(run: TuneRun, choice: Choice, calls: number, ids: BufferIds): Promise<number | null> {
  const { input, backend } = run;
  if (input.plan === undefined) return null;
  const image = assembleNetwork(input.plan, compileTasks(input, backend, choice));
  const network = await startNetwork(backend, image, standardInputs(input.plan), ids);
  if (!network.ok) return null;
  const seconds = await network.value.open.call({ repeats: calls, number: 1, minSeconds: 0, flush: false, stopSeconds: 0 }, 300);
  await network.value.close();
  if (!seconds.ok) return null;
  const sorted = [...seconds.value].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  return median === undefined ? null : Math.round(median * 1e6) / 1e3;
}
