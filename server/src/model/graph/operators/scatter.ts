/** ScatterElements (Scatter before operator set 11) and ScatterND. */
import { err, ok, type Result } from '../../../base/result.js';
import { REDUCTIONS, scatterElements, scatterND, type Reduction, type ScatterSpec } from '../../procedures/scatter.js';
import type { Value } from '../graph.js';
import type { Operator, OperatorCall } from '../operator.js';
import { axisOf, required } from '../operator-input.js';
import { commonCount, extentProblem, procedureOperator, type ProcedurePlan } from './procedure-operator.js';

interface Scatter { readonly spec: ScatterSpec; readonly inputs: readonly Value[]; readonly data: Value }

function scatterOf(call: OperatorCall): Result<Scatter> {
  const given: Value[] = [];
  for (const i of [0, 1, 2]) {
    const value = required(call.inputs, i);
    if (!value.ok) return value;
    given.push(value.value);
  }
  const [data, indices, updates] = given;
  if (data === undefined || indices === undefined || updates === undefined) return err('an input is missing');
  const name = call.attributes.text('reduction', 'none');
  const reduction = REDUCTIONS.find((one): one is Reduction => one === name);
  if (reduction === undefined) return err(`its reduction "${name}" is none of ${REDUCTIONS.join(', ')}`);
  if (indices.dtype !== 'int64' && indices.dtype !== 'int32') return err(`its indices are ${indices.dtype}`);
  if (updates.dtype !== data.dtype) return err(`its updates are ${updates.dtype} and its data ${data.dtype}`);
  const count = commonCount([indices, updates]);
  if (!count.ok) return count;
  if (count.value !== undefined) {
    const wrong = [indices, updates].find((value) => value.extent?.axis !== 0);
    if (wrong !== undefined) return err(extentProblem(wrong.extent === undefined ? (wrong === indices ? updates : indices) : wrong));
  }
  const inputs = [data, indices, updates, ...(count.value === undefined ? [] : [count.value])];
  return ok({ spec: { data, indices, updates, reduction, counted: count.value !== undefined }, inputs, data });
}

function planOf({ inputs, data }: Scatter, procedure: ProcedurePlan['procedure']): Result<ProcedurePlan> {
  return ok({ procedure, inputs, carried: [data.extent] });
}

const elements = procedureOperator((call) => {
  const scatter = scatterOf(call);
  if (!scatter.ok) return scatter;
  const { data, indices, updates } = scatter.value.spec;
  const axis = axisOf(call.attributes.number('axis', 0), data.shape.length);
  if (!axis.ok) return axis;
  if (indices.shape.join() !== updates.shape.join()) return err(`its indices are [${indices.shape.join(', ')}] and its updates [${updates.shape.join(', ')}]`);
  if (indices.shape.length !== data.shape.length || indices.shape.some((extent, i) => i !== axis.value && extent > (data.shape[i] ?? 0))) {
    return err(`its indices [${indices.shape.join(', ')}] do not fit into [${data.shape.join(', ')}]`);
  }
  if (scatter.value.data.extent?.axis === axis.value) return err(extentProblem(scatter.value.data));
  return planOf(scatter.value, scatterElements(scatter.value.spec, axis.value));
});

const slices = procedureOperator((call) => {
  const scatter = scatterOf(call);
  if (!scatter.ok) return scatter;
  const { data, indices, updates } = scatter.value.spec;
  const depth = indices.shape[indices.shape.length - 1];
  if (depth === undefined || depth > data.shape.length) return err(`its indices [${indices.shape.join(', ')}] do not address [${data.shape.join(', ')}]`);
  const wanted = [...indices.shape.slice(0, -1), ...data.shape.slice(depth)];
  if (updates.shape.join() !== wanted.join()) return err(`its updates are [${updates.shape.join(', ')}] instead of [${wanted.join(', ')}]`);
  if ((scatter.value.data.extent?.axis ?? depth) < depth) return err(extentProblem(scatter.value.data));
  return planOf(scatter.value, scatterND(scatter.value.spec));
});

export const SCATTER_OPERATORS: Readonly<Record<string, Operator>> = { Scatter: elements, ScatterElements: elements, ScatterND: slices };
