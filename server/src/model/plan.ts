/**
 * The plan of a whole network: its tasks (equal layers share one), the calls in order of execution, weights, and memory.
 * Inside, images lie with the channels innermost and convolution weights as [kernel..., in, out]; at the model's inputs and
 * outputs ONNX's layout stays.
 */
import { defined } from '../base/assert.js';
import { ok, type Result } from '../base/result.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import type { Procedure } from '../ir/procedure/procedure.js';
import { sameProcedureKey } from '../ir/procedure/key.js';
import { elementCount } from '../ir/buffer.js';
import { dtypeBytes } from '../ir/dtype.js';
import { foldBatchNorm } from './graph/fold-batch-norm.js';
import type { Graph, NodeRef, Value } from './graph/graph.js';
import { fuse, type Group } from './lowering/fuse.js';
import type { CustomOperators } from './graph/custom-operators.js';
import { lowerGraph } from './lowering/lower-graph.js';
import type { LoopMark } from './lowering/loop-mark.js';
import type { ProcedureStep } from './lowering/lowering.js';
import type { Primitive } from './lowering/primitive.js';
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
  /** How many calls the network makes; in a loop as many as it has trips at most, and one where that is not known. */
  readonly weight: number;
  /** Has no reduction (a change of layout, a lone addition): not tuned by default. */
  readonly simple: boolean;
}

/** Which memory a call reads or writes; `index` counts the plan's inputs, outputs, constants or arena slots. */
export interface BufferRef {
  readonly kind: 'input' | 'output' | 'constant' | 'arena';
  readonly index: number;
}

export interface TaskCall {
  /** Index of the task. */
  readonly task: number;
  /** One for each placeholder, in the order of the DAG's ops. */
  readonly inputs: readonly BufferRef[];
  readonly output: BufferRef;
  /** The model's nodes that it computes, in order; none where only an output is put into its place. */
  readonly nodes: readonly NodeRef[];
}

/** A call of an operator that is no tensor expression: it is not tuned. */
export interface ProcedureCall {
  /** Index of the procedure. */
  readonly procedure: number;
  readonly inputs: readonly BufferRef[];
  readonly outputs: readonly BufferRef[];
  readonly nodes: readonly NodeRef[];
}

/** What stands up to the end that belongs to it is called again and again, as long as the flag (bool, one element) holds before a trip. */
export interface LoopCall {
  readonly loop: 'begin';
  readonly going: BufferRef;
  /** How often at most, where that is known. */
  readonly trips: number | undefined;
}

export interface LoopEndCall { readonly loop: 'end' }

export type PlanCall = TaskCall | ProcedureCall | LoopCall | LoopEndCall;

/** A model's input or output: dense, row-major, in ONNX's layout. */
export interface PlanPort extends TensorType {
  readonly name: string;
  /** Of an input that was bound at compile time: the only elements that it may have. */
  readonly bound?: LazyTensor;
  /**
   * Of an output that holds the shape (int64) which the output of this index has in a run; that one's own shape is then the largest one,
   * and its elements are dense in the actual shape. Such ports stand behind the model's own outputs, named `NAME:shape`.
   */
  readonly shapeOf?: number;
}

export interface NetworkPlan {
  readonly name: string;
  readonly tasks: readonly PlanTask[];
  /** Equal ones stand here once. */
  readonly procedures: readonly Procedure[];
  /** In order of execution. */
  readonly calls: readonly PlanCall[];
  /** Weights in the layout that the placeholders have; `load` gives the elements. */
  readonly constants: readonly LazyTensor[];
  readonly inputs: readonly PlanPort[];
  readonly outputs: readonly PlanPort[];
  /** Intermediate tensors. Slots overlap only where they are never alive together. */
  readonly arena: Arena;
}

/** The calls that run tuned tasks. */
export function taskCalls(plan: NetworkPlan): readonly TaskCall[] {
  return plan.calls.flatMap((call) => ('task' in call ? [call] : []));
}

/** Plans an imported graph. Fails with one message where an operator cannot be lowered. */
export function planNetwork(graph: Graph, custom?: CustomOperators): Result<NetworkPlan, ModelProblem> {
  const lowered = lowerGraph(foldBatchNorm(graph), custom);
  if (!lowered.ok) return lowered;
  const { primitives, procedures: steps, outputs } = lowered.value;
  const groups = fuse(primitives, [...outputs, ...steps.flatMap((step) => step.inputs)]);
  const live = liveSteps(inOrder(groups, primitives, steps), outputs);
  const { tasks, taskOf } = distinctTasks(live);
  const { procedures, procedureOf } = distinctProcedures(live);
  const { refOf, constants, arena } = placeTensors(live, outputs);
  const calls = live.map((step): PlanCall => {
    if ('loop' in step) return step.loop === 'end' ? { loop: 'end' } : { loop: 'begin', going: refOf(defined(step.inputs[0], 'the flag')), trips: step.trips };
    const inputs = step.inputs.map(refOf);
    const { nodes } = step;
    if ('dag' in step) return { task: taskOf.get(step) ?? 0, inputs, output: refOf(step.output), nodes };
    return { procedure: procedureOf.get(step) ?? 0, inputs, outputs: step.outputs.map(refOf), nodes };
  });
  return ok({ name: graph.name, tasks, procedures, calls, constants, inputs: graph.inputs.map(port), outputs: outputPorts(graph), arena });
}

type Step = TaskDag | ProcedureStep | LoopMark;

function outputsOf(step: Step): readonly Tensor[] {
  return 'dag' in step ? [step.output] : step.outputs;
}

/**
 * Tasks and procedures in order of execution. A task stands where its last primitive stood; what a procedure reads is the end of a
 * task, so that all its writers stand before it.
 */
function inOrder(groups: readonly Group[], primitives: readonly Primitive[], procedures: readonly (ProcedureStep | LoopMark)[]): Step[] {
  const position = new Map(primitives.map((primitive, i) => [primitive, i]));
  const placed = groups.map((group) => ({ task: taskDag(group), at: position.get(defined(group[group.length - 1], 'a primitive')) ?? 0 }));
  const steps: Step[] = [];
  let next = 0;
  for (const procedure of procedures) {
    for (let task = placed[next]; task !== undefined && task.at < procedure.after; task = placed[next]) {
      steps.push(task.task);
      next++;
    }
    steps.push(procedure);
  }
  return [...steps, ...placed.slice(next).map(({ task }) => task)];
}

function outputPorts(graph: Graph): PlanPort[] {
  const ports = graph.outputs.map(({ name, dtype, shape }): PlanPort => ({ name, dtype, shape }));
  const shapes = graph.outputs.flatMap(({ name, shape, extent }, shapeOf): PlanPort[] => (extent === undefined ? [] : [{ name: `${name}:shape`, dtype: 'int64', shape: [shape.length], shapeOf }]));
  return [...ports, ...shapes];
}

function port({ name, dtype, shape, constant }: Value): PlanPort {
  return { name, dtype, shape, ...(constant === undefined ? {} : { bound: constant }) };
}

/** Calls that an output depends on. */
function liveSteps(calls: readonly Step[], outputs: readonly Tensor[]): Step[] {
  const needed = new Set<Tensor>(outputs.map(rootOf));
  const live: Step[] = [];
  for (const call of calls.toReversed()) {
    if (!('loop' in call ? call.state : outputsOf(call)).some((tensor) => needed.has(tensor))) continue;
    for (const input of call.inputs) needed.add(rootOf(input));
    live.push(call);
  }
  return live.reverse();
}

function distinctTasks(steps: readonly Step[]): { tasks: PlanTask[]; taskOf: ReadonlyMap<Step, number> } {
  const tasks: PlanTask[] = [];
  const byOutline = new Map<string, number[]>();
  const names = new Map<string, number>();
  const taskOf = new Map<Step, number>();
  const enter = (call: TaskDag, times: number): number => {
    const outline = dagOutline(call.dag);
    const alike = byOutline.get(outline) ?? [];
    byOutline.set(outline, alike);
    const same = alike.find((i) => sameDag(defined(tasks[i], 'a task').dag, call.dag));
    if (same !== undefined) {
      const task = defined(tasks[same], 'a task');
      tasks[same] = { ...task, weight: task.weight + times };
      return same;
    }
    const count = names.get(call.name) ?? 0;
    names.set(call.name, count + 1);
    alike.push(tasks.length);
    return tasks.push({ dag: call.dag, name: `fused_${call.name}${count === 0 ? '' : `_${count}`}`, weight: times, simple: call.simple }) - 1;
  };
  const trips: number[] = [];
  for (const step of steps) {
    if ('dag' in step) taskOf.set(step, enter(step, trips.reduce((product, n) => product * n, 1)));
    else if ('loop' in step && step.loop === 'begin') trips.push(Math.max(1, step.trips ?? 1));
    else if ('loop' in step) trips.pop();
  }
  return { tasks, taskOf };
}

function distinctProcedures(steps: readonly Step[]): { procedures: Procedure[]; procedureOf: ReadonlyMap<Step, number> } {
  const procedures: Procedure[] = [];
  const byKey = new Map<string, number>();
  const procedureOf = new Map<Step, number>();
  for (const step of steps) {
    if ('dag' in step || 'loop' in step) continue;
    const key = sameProcedureKey(step.procedure);
    const index = byKey.get(key) ?? procedures.push(step.procedure) - 1;
    byKey.set(key, index);
    procedureOf.set(step, index);
  }
  return { procedures, procedureOf };
}

interface Placement {
  readonly refOf: (tensor: Tensor) => BufferRef;
  readonly constants: readonly LazyTensor[];
  readonly arena: Arena;
}

function placeTensors(calls: readonly Step[], outputs: readonly Tensor[]): Placement {
  const refs = new Map<Tensor, BufferRef>();
  outputs.forEach((tensor, index) => refs.set(rootOf(tensor), { kind: 'output', index }));
  const constants: LazyTensor[] = [];
  const lifetimes: Lifetime[] = [];
  const loops = loopsOf(calls);
  /** What a loop reads and was there before it must stay until its end: the next trip reads it again. */
  const keep = (ref: BufferRef, now: number): void => {
    const life = ref.kind === 'arena' ? lifetimes[ref.index] : undefined;
    if (life === undefined) return;
    const around = loops.filter(({ begin, end }) => life.first < begin && begin < now && now < end);
    lifetimes[ref.index] = { ...life, last: Math.max(life.last, now, ...around.map(({ end }) => end)) };
  };
  calls.forEach((call, now) => {
    for (const output of outputsOf(call)) {
      const changed = refs.get(output);
      if (changed !== undefined) {
        keep(changed, now);
        continue;
      }
      refs.set(output, { kind: 'arena', index: lifetimes.length });
      lifetimes.push({ bytes: elementCount(output.shape) * dtypeBytes(output.dtype), first: now, last: now });
    }
    for (const input of call.inputs) {
      const root = rootOf(input);
      const ref = refs.get(root) ?? newRef(root, constants);
      refs.set(root, ref);
      keep(ref, now);
    }
  });
  return { refOf: (tensor) => defined(refs.get(rootOf(tensor)), 'a place in memory'), constants, arena: planArena(lifetimes) };
}

/** Where each loop begins and ends. */
function loopsOf(calls: readonly Step[]): { readonly begin: number; readonly end: number }[] {
  const open: number[] = [];
  return calls.flatMap((call, now) => {
    if (!('loop' in call)) return [];
    if (call.loop === 'end') return [{ begin: defined(open.pop(), 'the begin of a loop'), end: now }];
    open.push(now);
    return [];
  });
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
