/** The layers of a network by how much of its time they take, measured in their places. */
import { dagFlops } from '../dag/flops.js';
import { defined } from '../base/assert.js';
import type { Backend } from './backend.js';
import { alternate, stampedImage } from './call-times.js';
import type { TuningInput } from './input.js';
import { standardInputs, startNetwork } from './network.js';
import { SessionError } from './problem.js';
import { byRules } from './siblings.js';
import { BufferIds } from './task-bench.js';
import { compileTasks, type Choice } from './tune/latencies.js';

const TURNS = 15;

/** A task, or a procedure, with all its calls. */
export interface Layer {
  readonly name: string;
  /** Workload key; absent for what is not tuned. */
  readonly key?: string;
  /** In a loop as many as it has trips, and one where that is not known. */
  readonly calls: number;
  /** All calls together, in ms: the median over turns. */
  readonly ms: number;
  /** Of the sum over all layers. */
  readonly share: number;
  readonly gflops: number | null;
}

/** What takes longest first. @throws SessionError */
export async function layersOf(backend: Backend, given: TuningInput, choice: Choice): Promise<readonly Layer[]> {
  const input = byRules(given, backend);
  const { plan } = input;
  if (plan === undefined) throw new SessionError('layers are those of a network: give an .onnx model', { file: input.file }, true);
  const network = await startNetwork(backend, stampedImage(plan, compileTasks(input, backend, choice)), standardInputs(plan), new BufferIds());
  if (!network.ok) throw new SessionError(network.error);
  const turns = await alternate([network.value], (n) => n >= TURNS);
  await network.value.close();
  if (!turns.ok) throw new SessionError(`the network does not run: ${turns.error}`);
  const [times = []] = turns.value;
  const groups = new Map<string, number[]>();
  const trips: number[] = [];
  const runs = plan.calls.map((call) => {
    if ('loop' in call && call.loop === 'begin') trips.push(Math.max(1, call.trips ?? 1));
    else if ('loop' in call) trips.pop();
    return trips.reduce((product, n) => product * n, 1);
  });
  plan.calls.forEach((call, i) => {
    if ('loop' in call) return;
    const group = 'procedure' in call ? `p${call.procedure}` : `t${call.task}`;
    groups.set(group, [...(groups.get(group) ?? []), i]);
  });
  const rows = [...groups].map(([group, calls]) => {
    const sums = times.map((seconds) => calls.reduce((sum, i) => sum + (seconds[i] ?? NaN), 0)).sort((a, b) => a - b);
    return { group, calls: calls.reduce((sum, i) => sum + (runs[i] ?? 1), 0), ms: (sums[sums.length >> 1] ?? NaN) * 1e3 };
  });
  const all = rows.reduce((sum, row) => sum + row.ms, 0);
  return rows.sort((a, b) => b.ms - a.ms).map(({ group, calls, ms }): Layer => {
    const at = Number(group.slice(1));
    const common = { calls, ms: Number(ms.toPrecision(6)), share: Number((ms / all).toPrecision(4)) };
    if (group.startsWith('p')) return { name: defined(plan.procedures[at], 'a procedure').name, ...common, gflops: null };
    const task = defined(plan.tasks[at], 'a task');
    const key = input.tasks.find((t) => t.planTask === at)?.key;
    return { name: task.name, ...(key === undefined ? {} : { key }), ...common, gflops: Number(((dagFlops(task.dag) * calls) / ms / 1e6).toPrecision(4)) };
  });
}
