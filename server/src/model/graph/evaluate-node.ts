/** Constant folding for every operator that lowers to tensor expressions: the node alone is lowered and its stages are evaluated. */
import { defined } from '../../base/assert.js';
import { err, ok, type Result } from '../../base/result.js';
import { createDag, placeholder } from '../../dag/create.js';
import { evaluateDag } from '../../dag/evaluate.js';
import { elementCount, type Buffer } from '../../ir/buffer.js';
import { Lowering } from '../lowering/lowering.js';
import { runOnConstants } from '../procedures/run-on-constants.js';
import { rootOf, type Tensor } from '../lowering/tensor.js';
import { problem, type ModelProblem } from '../problem.js';
import { hostTensor, lazy, reshaped, type HostTensor, type LazyTensor } from '../tensor.js';
import type { GraphNode } from './graph.js';
import type { Operator } from './operator.js';

/** Larger constants are computed when the network runs: evaluation takes about a microsecond an element. */
const MOST_ELEMENTS = 1 << 16;

/** The node's outputs as constants; undefined where they are not all known from constants, or too large. */
export function evaluateNode(operator: Operator, node: GraphNode): readonly LazyTensor[] | undefined {
  const { lower } = operator;
  const small = [...node.inputs, ...node.outputs].every((value) => value === undefined || elementCount(value.shape) <= MOST_ELEMENTS);
  if (lower === undefined || !small || node.inputs.some((value) => value !== undefined && value.constant === undefined)) return undefined;
  let all: Result<readonly HostTensor[], ModelProblem> | undefined;
  const compute = (): Result<readonly HostTensor[], ModelProblem> => (all ??= evaluate(lower, node));
  return node.outputs.map((output, i) => lazy(output, () => {
    const computed = compute();
    return computed.ok ? ok(defined(computed.value[i], 'an output')) : computed;
  }));
}

function evaluate(lower: NonNullable<Operator['lower']>, node: GraphNode): Result<readonly HostTensor[], ModelProblem> {
  const to = new Lowering();
  const lowered = lower(node, to);
  if (!lowered.ok) return err(problem(`${node.op} "${node.name}": ${lowered.error}`, node.name));
  const values = new Map<Tensor, HostTensor>();
  let ran = 0;
  const runBefore = (position: number): Result<void, ModelProblem> => {
    for (let step = to.procedures[ran]; step !== undefined && step.after <= position; step = to.procedures[++ran]) {
      if ('loop' in step) continue;
      const inputs: HostTensor[] = [];
      for (const tensor of step.inputs) {
        const value = valueOf(tensor, values);
        if (!value.ok) return value;
        inputs.push(value.value);
      }
      const outputs = runOnConstants(step.procedure, inputs);
      if (!outputs.ok) return err(problem(`${node.op} "${node.name}": ${outputs.error}`, node.name));
      step.outputs.forEach((tensor, i) => values.set(tensor, defined(outputs.value[i], 'an output')));
    }
    return ok(undefined);
  };
  for (const [position, primitive] of to.primitives.entries()) {
    const before = runBefore(position);
    if (!before.ok) return before;
    const inputs = primitive.inputs.map((tensor, i) => ({ op: placeholder(`p${i}`, tensor.shape, tensor.dtype), tensor }));
    const data = new Map<Buffer, ArrayLike<number>>();
    for (const { op, tensor } of inputs) {
      const value = valueOf(tensor, values);
      if (!value.ok) return value;
      data.set(op.output, value.value.data);
    }
    const stages = primitive.build(inputs.map(({ op }) => op.output));
    const last = defined(stages[stages.length - 1], 'a stage').output;
    const { dtype, shape } = primitive.output;
    const result = elementCount(shape) === 0 ? new Float64Array(0) : evaluateDag(createDag([...inputs.map(({ op }) => op), ...stages], [last]), data).get(last);
    values.set(primitive.output, hostTensor(dtype, shape, defined(result, 'the output')));
  }
  const behind = runBefore(to.primitives.length);
  if (!behind.ok) return behind;
  const outputs: HostTensor[] = [];
  for (const output of node.outputs) {
    const value = output.name === '' ? ok(hostTensor(output.dtype, output.shape, new Float64Array(elementCount(output.shape)))) : valueOf(to.read(output, 'plain'), values);
    if (!value.ok) return value;
    outputs.push(reshaped(value.value, output.shape));
  }
  return ok(outputs);
}

function valueOf(tensor: Tensor, values: ReadonlyMap<Tensor, HostTensor>): Result<HostTensor, ModelProblem> {
  const root = rootOf(tensor);
  if (root.origin.kind === 'constant') return root.origin.constant.load();
  return ok(defined(values.get(root), 'a computed tensor'));
}
