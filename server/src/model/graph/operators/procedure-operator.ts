/** Operators that are no tensor expressions: a procedure computes all outputs. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { elementCount } from '../../../ir/buffer.js';
import type { Procedure } from '../../../ir/procedure/procedure.js';
import { runOnConstants } from '../../procedures/run-on-constants.js';
import { gathered, hostTensor, known, stridesOf, type HostTensor } from '../../tensor.js';
import type { Value } from '../graph.js';
import type { Operator, OperatorCall, OutputType } from '../operator.js';

export interface ProcedurePlan {
  /** The operator's outputs in order, then those that hold run-time extents. */
  readonly procedure: Procedure;
  readonly inputs: readonly Value[];
  /** By output: its axis whose extent depends on data, and which output of the procedure holds that extent. */
  readonly extents?: readonly ({ readonly axis: number; readonly count: number } | undefined)[];
  /** By output: an extent that comes from an input. */
  readonly carried?: readonly (Value['extent'] | undefined)[];
}

/** Indices are 32 bits wide. */
const MOST_ELEMENTS = 2 ** 31 - 1;

/** `plan` writes the procedure for a node; it is asked for the outputs' types and again when the node is lowered. */
export function procedureOperator(plan: (call: OperatorCall) => Result<ProcedurePlan>): Operator {
  return {
    takesExtents: true,
    infer: (call) => {
      const planned = checked(plan(call));
      if (!planned.ok) return planned;
      const { procedure, inputs, extents = [], carried = [] } = planned.value;
      const constant = extents.some((extent) => extent !== undefined) && inputs.every((input) => input.constant !== undefined);
      if (constant) {
        const results = constantResults(planned.value);
        return results.ok ? ok(results.value.map(({ dtype, shape }) => ({ dtype, shape }))) : results;
      }
      return ok(procedure.outputs.map(({ dtype, shape }, i): OutputType => {
        const extent = extents[i];
        const from = carried[i];
        return { dtype, shape, ...(extent === undefined ? {} : { extent }), ...(from === undefined ? {} : { carried: from }) };
      }));
    },
    lower: (node, to) => {
      const planned = checked(plan({ opset: node.opset, attributes: node.attributes, inputs: node.inputs, outputCount: node.outputs.filter((output) => output.name !== '').length }));
      if (!planned.ok) return planned;
      const { procedure, inputs, extents = [] } = planned.value;
      if (extents.some((extent) => extent !== undefined) && inputs.every((input) => input.constant !== undefined)) {
        const results = constantResults(planned.value);
        if (!results.ok) return results;
        node.outputs.forEach((output, i) => to.define(output, to.constant(known(defined(results.value[i], 'an output'))), 'plain'));
        return ok(undefined);
      }
      const tensors = to.run(procedure, inputs.map((input) => to.read(input, 'plain')));
      node.outputs.forEach((output, i) => to.define(output, defined(tensors[i], 'an output'), 'plain'));
      return ok(undefined);
    },
  };
}

function checked(planned: Result<ProcedurePlan>): Result<ProcedurePlan> {
  if (!planned.ok) return planned;
  const { inputs, outputs, scratch } = planned.value.procedure;
  const large = [...inputs, ...outputs, ...scratch].find((buffer) => elementCount(buffer.shape) > MOST_ELEMENTS);
  return large === undefined ? planned : err(`its ${large.name} may have ${elementCount(large.shape)} elements; ${MOST_ELEMENTS} are the most`);
}

/** The outputs with the extents that they have for constant inputs. */
function constantResults({ procedure, inputs, extents = [] }: ProcedurePlan): Result<readonly HostTensor[]> {
  const loaded: HostTensor[] = [];
  for (const input of inputs) {
    const value = defined(input.constant, 'a constant').load();
    if (!value.ok) return err(value.error.message);
    loaded.push(value.value);
  }
  const outputs = runOnConstants(procedure, loaded);
  if (!outputs.ok) return outputs;
  return ok(outputs.value.map((tensor, i): HostTensor => {
    const extent = extents[i];
    if (extent === undefined) return tensor;
    const actual = outputs.value[extent.count]?.data[0] ?? 0;
    const shape = tensor.shape.map((size, axis) => (axis === extent.axis ? actual : size));
    return elementCount(shape) === 0 ? hostTensor(tensor.dtype, shape, []) : gathered(tensor, shape, stridesOf(tensor.shape));
  }));
}

/** The one run-time extent of several values, where they have any; a message where they differ. */
export function commonCount(values: readonly (Value | undefined)[]): Result<Value | undefined> {
  let count: Value | undefined;
  for (const value of values) {
    const own = value?.extent?.count;
    if (own === undefined) continue;
    if (count !== undefined && count !== own) return err(`its inputs have extents that depend on data in different ways ("${value?.name}")`);
    count = own;
  }
  return ok(count);
}

/** The message for an extent that an operator cannot take. */
export function extentProblem(value: Value): string {
  const { axis = 0 } = value.extent ?? {};
  return `it reads "${value.name}", whose dimension ${axis} depends on data (at most ${value.shape[axis] ?? 0}), in a way that is not supported; element-wise operators, products, Gather, TopK, Slice and what keeps that dimension work`;
}
