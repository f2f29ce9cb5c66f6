/** Latencies of the whole input: without any schedule, as it was before this run, and now. */
import type { CancellationToken } from '../../base/cancellation.js';
import type { DoneEvent } from '../../protocol/session-event.js';
import { replay } from '../../schedule/apply.js';
import type { Backend } from '../backend.js';
import { compileNaive, compileState, defaultState, symbolFor, type CompiledState } from '../compile.js';
import type { InputTask, TuningInput } from '../input.js';
import { assembleNetwork, buildNetworks, standardInputs, startNetwork, type NetworkImage, type RunningNetwork } from '../network.js';
import { SessionError } from '../problem.js';
import { byRules, ruledTasks } from '../siblings.js';
import { StoredConstants } from '../stored-constants.js';
import { TaskBench, type BufferIds } from '../task-bench.js';
import { KnownKernels } from './known-kernels.js';
import type { TaskTuner } from './task-tuner.js';
import type { TuneRun } from './options.js';
import { ScheduleError, type TransformStep } from '../../schedule/step.js';
import { CodegenError } from '../../target/kernel/build.js';

/** Networks whose latencies are told: turns, and calls in each. */
const TURNS = 5;
const CALLS_PER_TURN = 3;

/** A naive network that takes longer is not run: its tasks' naive programs were, one by one; if not all, nobody waits for the rest. */
const SLOW_SECONDS = 0.5;

/** How the tasks of a network are compiled: without schedule, by default rules, or by the log's best (default rules where it has none). */
export type Choice = 'naive' | 'default' | ((task: InputTask) => readonly TransformStep[] | undefined);

/** The kernels of a network's tasks, by plan task. `known`: those that other networks have. */
export function compileTasks(input: TuningInput, backend: Backend, choice: Choice, known = new KnownKernels()): CompiledState[] {
  const plan = input.plan;
  if (plan === undefined) return [];
  return plan.tasks.map((task, i) => named(task.name, () => {
    const symbol = (text: string): string => symbolFor(`${i} ${text}`);
    if (choice === 'naive') return compileNaive(task.dag, symbol('naive'));
    const own = input.tasks.find((t) => t.planTask === i);
    const steps = choice === 'default' || own === undefined ? undefined : choice(own);
    return known.of(task.dag, i, steps, () => {
      const state = steps === undefined ? defaultState(task.dag, backend) : replay(task.dag, steps);
      return compileState(state, symbol(JSON.stringify(state.steps)), backend.unit);
    });
  }));
}

function named<T>(task: string, compile: () => T): T {
  try {
    return compile();
  } catch (e) {
    if (e instanceof ScheduleError || e instanceof CodegenError) throw new SessionError(`task ${task} cannot be compiled: ${e.message}`);
    throw e;
  }
}

/** The algorithms of a network's tasks, as its input has them, and their programs; kernels that were compiled when it was chosen. */
export interface NetworkUse { readonly input: TuningInput; readonly choice: Choice & ((task: InputTask) => readonly TransformStep[] | undefined); readonly known?: KnownKernels }

/** `before`, `now`: what a network used when the session began, and what it uses now. */
export interface NetworkChoices { readonly before: NetworkUse; readonly now: NetworkUse; readonly same: boolean }

/** `groups`: for each task of the input its tuner, then those of its siblings. `before`: of operators, the best that the log had. */
export async function networkLatencies(run: TuneRun, groups: readonly (readonly TaskTuner[])[], before: ReadonlyMap<string, TaskTuner['best']>, choices: NetworkChoices, ids: BufferIds, token: CancellationToken): Promise<DoneEvent['latencyMs']> {
  if (run.input.plan === undefined) return operatorLatencies(run, groups, before, ids, token);
  // Whoever cancels does not want to wait for networks to be compiled.
  const measure = async (these: readonly Use[], turns: number, calls: number): Promise<readonly (number | null)[]> => (token.cancelled ? these.map(() => null) : latenciesOf(run, these, turns, calls, ids, choices.now.known));
  const { seconds, missing, slow } = naiveTasks(groups);
  const [naive = null] = slow || seconds > SLOW_SECONDS ? [missing ? null : seconds * 1000] : await measure([{ input: run.input, choice: 'naive' }], 1, 2);
  const [after = null, earlier = null] = await measure(choices.same ? [choices.now] : [choices.now, choices.before], TURNS, CALLS_PER_TURN);
  return { naive, before: choices.same ? after : earlier, after };
}

/** The tasks' naive programs, each as often as its layers call it; `missing`: not all were run, `slow`: since that would take long. */
function naiveTasks(groups: readonly (readonly TaskTuner[])[]): { readonly seconds: number; readonly missing: boolean; readonly slow: boolean } {
  const tuners = groups.flatMap(([t]) => t ?? []);
  return {
    seconds: tuners.reduce((sum, t) => sum + t.task.weight * (t.bench?.naiveSeconds ?? 0), 0), missing: tuners.some((t) => t.bench?.naiveSeconds === undefined),
    slow: tuners.some(({ bench }) => bench !== undefined && bench.naiveSeconds === undefined),
  };
}

/** Without a network: the sums of the tasks' times, by default rules where the log has none. */
async function operatorLatencies(run: TuneRun, groups: readonly (readonly TaskTuner[])[], before: ReadonlyMap<string, TaskTuner['best']>, ids: BufferIds, token: CancellationToken): Promise<DoneEvent['latencyMs']> {
  const sums = { naive: 0, before: 0, after: 0 };
  const ruled = ruledTasks(run.input, run.backend);
  for (const group of groups) {
    const [t] = group;
    if (t === undefined) continue;
    if (group.every(({ bench, problem }) => bench === undefined && problem === undefined) && !token.cancelled) {
      const made = await TaskBench.create(run.backend, t.task.dag, run.options.seed, ids);
      if (made.ok) t.bench = made.value;
    }
    const least = (seconds: (tuner: TaskTuner) => number | undefined): number | undefined => group.flatMap((one) => seconds(one) ?? []).sort((a, b) => a - b)[0];
    const earlier = least(({ task }) => before.get(task.key)?.seconds);
    const plain = earlier === undefined && !token.cancelled ? await defaultSeconds(run, group.find(({ bench, task }) => bench !== undefined && ruled.has(task.key)) ?? t) : NaN;
    const { weight } = t.task;
    sums.naive += weight * (t.bench?.naiveSeconds ?? NaN);
    sums.before += weight * (earlier ?? plain);
    sums.after += weight * (least(({ best }) => best?.seconds) ?? plain);
  }
  const ms = (seconds: number): number | null => (Number.isNaN(seconds) ? null : seconds * 1000);
  return { naive: ms(sums.naive), before: ms(sums.before), after: ms(sums.after) };
}

/** The time of the default rules' program; NaN if it does not work. */
async function defaultSeconds({ backend }: TuneRun, tuner: TaskTuner): Promise<number> {
  const { bench, task } = tuner;
  const state = defaultState(task.dag, backend);
  const known = tuner.secondsOf(state.steps);
  if (known !== undefined || bench === undefined) return known ?? NaN;
  const compiled = compileState(state, symbolFor(JSON.stringify(state.steps)), backend.unit);
  const [built] = await backend.build([compiled.kernel]);
  if (built?.result.ok !== true) return NaN;
  const { result } = await bench.run(built.result.value, compiled, undefined);
  return result.ok ? result.value.seconds.reduce((a, b) => a + b, 0) / result.value.seconds.length : NaN;
}

interface Use { readonly input: TuningInput; readonly choice: Choice }

/** The medians of some calls, in ms, of networks run in turn, so that what disturbs the machine disturbs all; null for those that cannot be run. */
async function latenciesOf(run: TuneRun, uses: readonly Use[], turns: number, calls: number, ids: BufferIds, known = new KnownKernels()): Promise<readonly (number | null)[]> {
  const networks: (RunningNetwork | undefined)[] = [];
  const constants = new StoredConstants(run.backend.runner, ids);
  const images = uses.map((use) => imageOf(run, use, known));
  await buildNetworks(run.backend, images.flatMap((found) => found?.image ?? []));
  for (const found of images) {
    const network = found === undefined ? undefined : await startNetwork(run.backend, found.image, found.inputs, ids, constants);
    networks.push(network?.ok === true ? network.value : undefined);
  }
  const times = networks.map((): number[] => []);
  const failed = new Set(networks.flatMap((n, i) => (n === undefined ? [i] : [])));
  for (let turn = 0; turn < turns; turn++) {
    for (const [i, network] of networks.entries()) {
      if (network === undefined || failed.has(i)) continue;
      const seconds = await network.open.call({ repeats: calls, number: 1, minSeconds: 0, flush: false, stopSeconds: 0 }, 300);
      // The first call of a turn brings the weights back into the caches.
      if (seconds.ok) times[i]?.push(...seconds.value.slice(1));
      else failed.add(i);
    }
  }
  for (const network of networks) await network?.close();
  return times.map((ms, i) => {
    const median = ms.sort((a, b) => a - b)[ms.length >> 1];
    return failed.has(i) || median === undefined ? null : Math.round(median * 1e6) / 1e3;
  });
}

/** Undefined if it cannot be compiled. */
function imageOf({ backend }: TuneRun, { input: given, choice }: Use, known: KnownKernels): { readonly image: NetworkImage; readonly inputs: readonly Uint8Array[] } | undefined {
  const input = choice === 'naive' ? given : byRules(given, backend);
  if (input.plan === undefined) return undefined;
  try {
    return { image: assembleNetwork(input.plan, compileTasks(input, backend, choice, known)), inputs: standardInputs(input.plan) };
  } catch (e) {
    if (e instanceof SessionError) return undefined;
    throw e;
  }
}
