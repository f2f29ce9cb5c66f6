/**
 * The plan of a whole network: its tasks (equal layers share one), the calls in order of execution, weights, and memory.
 * Inside, images lie with the channels innermost and convolution weights as [kernel..., in, out]; at the model's inputs and
 * outputs ONNX's layout stays.
 */
import { defined } from '../base/assert.js';
import { ok, type Result } from '../base/result.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import { elementCount } from '../ir/buffer.js';
import { dtypeBytes } from '../ir/dtype.js';
import { foldBatchNorm } from './graph/fold-batch-norm.js';
import type { Graph, Value } from './graph/graph.js';
import { fuse } from './lowering/fuse.js';
import { lowerGraph } from './lowering/lower-graph.js';
import { taskDag, type TaskDag } from './lowering/task-dag.js';
import { rootOf, type Tensor } from './lowering/tensor.js';
import { planArena, type Arena, type Lifetime } from './memory.js';
import type { ModelProblem } from './problem.js';
import { dagOutline, sameDag } from '../dag/same-dag.js';
import type { LazyTensor, TensorType } from './tensor.js';

export interface PlanTask {
  readonly dag: ComputeDag;
  /** As relay names fused functions, numbered where several tasks have the same operators: `fused_nn_conv2d_add_nn_relu_2`. */
  readonly name: string;
  /** How many calls the network makes. */
  readonly weight: number;
  /** Has no reduction (a change of layout, a lone addition): not tuned by default. */
  readonly simple: boolean;
}

/** Which memory a call reads or writes; `index` counts the plan's inputs, outputs, constants or arena slots. */
export interface BufferRef {
  readonly kind: 'input' | 'output' | 'constant' | 'arena';
  readonly index: number;
}

export interface PlanCall {
  /** Index of the task. */
  readonly task: number;
  /** One for each placeholder, in the order of the DAG's ops. */
  readonly inputs: readonly BufferRef[];
  readonly output: BufferRef;
}

/** A model's input or output: dense, row-major, in ONNX's layout. */
export interface PlanPort extends TensorType {
  readonly name: string;
  /** Of an input that was bound at compile time: the only elements that it may have. */
  readonly bound?: LazyTensor;
}

export interface NetworkPlan {
  readonly name: string;
  readonly tasks: readonly PlanTask[];
  /** In order of execution. */
  readonly calls: readonly PlanCall[];
  /** Weights in the layout that the placeholders have; `load` gives the elements. */
  readonly constants: readonly LazyTensor[];
  readonly inputs: readonly PlanPort[];
  readonly outputs: readonly PlanPort[];
  /** Intermediate tensors. Slots overlap only where they are never alive together. */
  readonly arena: Arena;
}

/** Plans an imported graph. Fails with one message where an operator cannot be lowered. */
export function planNetwork(graph: Graph): Result<NetworkPlan, ModelProblem> {
  const lowered = lowerGraph(foldBatchNorm(graph));
  if (!lowered.ok) return lowered;
  const { primitives, outputs } = lowered.value;
  const groups = fuse(primitives, outputs).map(taskDag);
  const live = liveTasks(groups, outputs);
  const { tasks, taskOf } = distinctTasks(live);
  const { refOf, constants, arena } = placeTensors(live, outputs);
  return ok({
    name: graph.name,
    tasks,
    calls: live.map((call, i) => ({ task: taskOf[i] ?? 0, inputs: call.inputs.map(refOf), output: refOf(call.output) })),
    constants,
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    arena,
  });
}

function port({ name, dtype, shape, constant }: Value): PlanPort {
  return { name, dtype, shape, ...(constant === undefined ? {} : { bound: constant }) };
}

/** Calls that an output depends on. */
function liveTasks(calls: readonly TaskDag[], outputs: readonly Tensor[]): TaskDag[] {
  const needed = new Set<Tensor>(outputs.map(rootOf));
  const live: TaskDag[] = [];
  for (const call of calls.toReversed()) {
    if (!needed.has(call.output)) continue;
    for (const input of call.inputs) needed.add(rootOf(input));
    live.push(call);
  }
  return live.reverse();
}

function distinctTasks(calls: readonly TaskDag[]): { tasks: PlanTask[]; taskOf: number[] } {
  const tasks: PlanTask[] = [];
  const byOutline = new Map<string, number[]>();
  const names = new Map<string, number>();
  const taskOf = calls.map((call) => {
    const outline = dagOutline(call.dag);
    const alike = byOutline.get(outline) ?? [];
    byOutline.set(outline, alike);
    const same = alike.find((i) => sameDag(defined(tasks[i], 'a task').dag, call.dag));
    if (same !== undefined) {
      const task = defined(tasks[same], 'a task');
      tasks[same] = { ...task, weight: task.weight + 1 };
      return same;
    }
    const count = names.get(call.name) ?? 0;
    names.set(call.name, count + 1);
    alike.push(tasks.length);
    return tasks.push({ dag: call.dag, name: `fused_${call.name}${count === 0 ? '' : `_${count}`}`, weight: 1, simple: call.simple }) - 1;
  });
  return { tasks, taskOf };
}

interface Placement {
  readonly refOf: (tensor: Tensor) => BufferRef;
  readonly constants: readonly LazyTensor[];
  readonly arena: Arena;
}

function placeTensors(calls: readonly TaskDag[], outputs: readonly Tensor[]): Placement {
  const refs = new Map<Tensor, BufferRef>();
  outputs.forEach((tensor, index) => refs.set(rootOf(tensor), { kind: 'output', index }));
  const constants: LazyTensor[] = [];
  const lifetimes: Lifetime[] = [];
  calls.forEach((call, now) => {
    if (!refs.has(call.output)) {
      refs.set(call.output, { kind: 'arena', index: lifetimes.length });
      lifetimes.push({ bytes: elementCount(call.output.shape) * dtypeBytes(call.output.dtype), first: now, last: now });
    }
    for (const input of call.inputs) {
      const root = rootOf(input);
      const ref = refs.get(root) ?? newRef(root, constants);
      refs.set(root, ref);
      const life = ref.kind === 'arena' ? lifetimes[ref.index] : undefined;
      if (life !== undefined) lifetimes[ref.index] = { ...life, last: now };
    }
  });
  return { refOf: (tensor) => defined(refs.get(rootOf(tensor)), 'a place in memory'), constants, arena: planArena(lifetimes) };
}

/** The place of a model input or a constant (constants are listed as they are met). */
function newRef(root: Tensor, constants: LazyTensor[]): BufferRef {
  const { origin } = root;
  if (origin.kind === 'input') return { kind: 'input', index: origin.index };
  return { kind: 'constant', index: constants.push(constantOf(root)) - 1 };
}

function constantOf({ origin }: Tensor): LazyTensor {
  return defined(origin.kind === 'constant' ? origin.constant : undefined, 'a constant, since every computed tensor is written before it is read');
}
