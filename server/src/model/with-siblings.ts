/** A network's plan with other algorithms for some of its tasks (dag/algorithms): their DAGs, and their constants in the form that these want. */
import { assert, defined } from '../base/assert.js';
import type { Sibling } from '../dag/algorithms/sibling.js';
import type { BufferRef, NetworkPlan } from './plan.js';
import { lazy, type LazyTensor } from './tensor.js';

/** `chosen`: by index of the task. Tasks and calls keep their places. */
export function withSiblings(plan: NetworkPlan, chosen: ReadonlyMap<number, Sibling>): NetworkPlan {
  if (chosen.size === 0) return plan;
  const constants: LazyTensor[] = plan.constants.slice();
  const transformed = new Map<string, number>();
  const inForm = (ref: BufferRef, sibling: Sibling): BufferRef => {
    assert(ref.kind === 'constant', 'the algorithm changes the form of a constant');
    const key = `${ref.index} ${sibling.suffix}`;
    const from = defined(plan.constants[ref.index], 'a constant');
    const elements = lazy({ dtype: 'float32', shape: sibling.constant.shape }, () => {
      const loaded = from.load();
      return loaded.ok ? { ok: true, value: { dtype: 'float32', shape: sibling.constant.shape, data: sibling.transform(loaded.value.data) } } : loaded;
    });
    const index = transformed.get(key) ?? constants.push({ ...elements, made: { from, by: sibling } }) - 1;
    transformed.set(key, index);
    return { kind: 'constant', index };
  };
  const tasks = plan.tasks.map((task, i) => {
    const sibling = chosen.get(i);
    return sibling === undefined ? task : { ...task, dag: sibling.dag, name: `${task.name}_${sibling.suffix}` };
  });
  const calls = plan.calls.map((call) => {
    const sibling = 'task' in call ? chosen.get(call.task) : undefined;
    if (!('task' in call) || sibling === undefined) return call;
    const before = defined(plan.tasks[call.task], 'a task').dag.ops.filter((op) => op.kind === 'placeholder').map((op) => op.output);
    const inputs = sibling.dag.ops.flatMap((op): BufferRef[] => {
      if (op.kind !== 'placeholder') return [];
      const isConstant = op.output === sibling.constant;
      const ref = defined(call.inputs[before.indexOf(isConstant ? sibling.replaced : op.output)], `the input ${op.name}`);
      return [isConstant ? inForm(ref, sibling) : ref];
    });
    return { ...call, inputs };
  });
  return { ...plan, tasks, calls, constants };
}
