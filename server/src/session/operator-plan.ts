/** Operators of a `.tc` file as networks of one call, so that they are benchmarked as networks are. Constants get seeded values. */
import { ok } from '../base/result.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import { elementCount } from '../ir/buffer.js';
import { randomTensor } from '../measure/fill.js';
import type { BufferRef, NetworkPlan } from '../model/plan.js';
import type { LazyTensor } from '../model/tensor.js';
import type { TuningInput } from './input.js';
import { SessionError } from './problem.js';

/** The input with a plan: a model's own, or that of the one operator in a `.tc` file. @throws SessionError where there are several */
export function withOperatorPlan(input: TuningInput, seed = 1): TuningInput & { readonly plan: NetworkPlan } {
  if (input.plan !== undefined) return { ...input, plan: input.plan };
  const [task, more] = input.tasks;
  if (task === undefined || more !== undefined) throw new SessionError(`this file holds ${input.tasks.length} operators: give one with a single "def"`, { file: input.file }, true);
  const siblings = input.siblings?.map((s) => ({ ...s, task: { ...s.task, planTask: 0 } }));
  return { ...input, plan: operatorPlan(task.dag, task.name, seed), tasks: [{ ...task, planTask: 0 }], ...(siblings === undefined ? {} : { siblings }) };
}

function operatorPlan(dag: ComputeDag, name: string, seed: number): NetworkPlan {
  const [output, more] = dag.outputs;
  if (output === undefined || more !== undefined) throw new SessionError(`operator ${name} has ${dag.outputs.length} outputs: only operators with one can be run by themselves`, {}, true);
  const constants: LazyTensor[] = [];
  const ports: { name: string; dtype: LazyTensor['dtype']; shape: readonly number[] }[] = [];
  const inputs = dag.ops.flatMap((op, i): BufferRef[] => {
    if (op.kind !== 'placeholder') return [];
    const { dtype, shape } = op.output;
    if (!op.constant) return [{ kind: 'input', index: ports.push({ name: op.name, dtype, shape }) - 1 }];
    const load: LazyTensor['load'] = () => ok({ dtype, shape, data: randomTensor(dtype, seed + i, -1, 1, elementCount(shape)) });
    return [{ kind: 'constant', index: constants.push({ dtype, shape, load }) - 1 }];
  });
  return {
    name, tasks: [{ dag, name, weight: 1, simple: false }], procedures: [], calls: [{ task: 0, inputs, output: { kind: 'output', index: 0 }, nodes: [] }], constants, inputs: ports,
    outputs: [{ name: output.name, dtype: output.dtype, shape: output.shape }], arena: { slots: [], bytes: 0 },
  };
}
