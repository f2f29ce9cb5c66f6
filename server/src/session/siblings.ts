/**
 * Sibling tasks: other algorithms for a task (winograd beside direct convolution), tuned beside it, of which the fastest is used. Where nothing is
 * measured a count of cycles decides.
 */
import { constantBytes, roughCycles } from '../dag/algorithms/rough-cycles.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import { elementCount } from '../ir/buffer.js';
import { dtypeBytes } from '../ir/dtype.js';
import { withSiblings } from '../model/with-siblings.js';
import type { Backend } from './backend.js';
import type { TaskSibling, TuningInput } from './input.js';

/** Without a measurement, an algorithm must be this much better by counting. */
const SURE = 0.9;
/** What is not much worse by counting is measured. */
const WORTH_TRYING = 1.1;
/** Constants that the last cache of common CPUs keeps from one call to the next. */
const KEPT_BYTES = 24 * 2 ** 20;

/** By key of the task: its best sibling by counting, and how long that takes relative to the task itself. */
function candidates(input: TuningInput, backend: Backend): { readonly sibling: TaskSibling; readonly ratio: number }[] {
  const all = allConstants(input);
  return input.tasks.flatMap((task) => {
    const others = all - constantBytes(task.dag);
    const cycles = (dag: ComputeDag): number => roughCycles(dag, { lanes: backend.unit.bytes / 4, cores: backend.threads, kept: others + constantBytes(dag) <= KEPT_BYTES });
    const own = cycles(task.dag);
    const [best] = (input.siblings ?? []).filter((s) => s.of === task.key).map((sibling) => ({ sibling, ratio: cycles(sibling.task.dag) / own })).sort((a, b) => a.ratio - b.ratio);
    return best === undefined ? [] : [best];
  });
}

/** Bytes of what one call of the network, or of all operators, reads of constants. */
function allConstants({ plan, tasks }: TuningInput): number {
  if (plan === undefined) return tasks.reduce((sum, { dag }) => sum + constantBytes(dag), 0);
  return plan.constants.reduce((sum, { shape, dtype }) => sum + elementCount(shape) * dtypeBytes(dtype), 0);
}

/** At most one for each task: those that may be faster. */
export function siblingsToTune(input: TuningInput, backend: Backend): readonly TaskSibling[] {
  return candidates(input, backend).filter(({ ratio }) => ratio < WORTH_TRYING).map(({ sibling }) => sibling);
}

/** The input with the algorithms that are faster by counting, for the tasks whose algorithm is still open. */
export function byRules(input: TuningInput, backend: Backend): TuningInput {
  return withChosen(input, candidates(input, backend).filter(({ ratio }) => ratio < SURE).map(({ sibling }) => sibling));
}

/** Keys of the tasks that the default rules use: of several algorithms the one that is faster by counting. */
export function ruledTasks(input: TuningInput, backend: Backend): ReadonlySet<string> {
  return new Set(byRules(input, backend).tasks.map(({ key }) => key));
}

/** The input with these algorithms. `settled`: keys of the tasks whose algorithm is no longer open, those of `chosen` among them. */
export function withChosen(input: TuningInput, chosen: readonly TaskSibling[], settled: ReadonlySet<string> = new Set()): TuningInput {
  const byTask = new Map(chosen.map((s) => [s.of, s]));
  const siblings = (input.siblings ?? []).filter(({ of }) => !byTask.has(of) && !settled.has(of));
  const tasks = input.tasks.map((task) => byTask.get(task.key)?.task ?? task);
  const inPlan = new Map(chosen.flatMap(({ task, sibling }) => (task.planTask === undefined ? [] : [[task.planTask, sibling] as const])));
  return { ...input, tasks, siblings, plan: input.plan === undefined ? undefined : withSiblings(input.plan, inPlan) };
}
