/** A case as compiled code: dimensions come from its data, and so do the elements of inputs that decide shapes. */
import { importGraph } from '../../../server/src/model/graph/import.js';
import { readOnnx } from '../../../server/src/model/onnx/read-onnx.js';
import { planNetwork, type NetworkPlan } from '../../../server/src/model/plan.js';
import type { HostTensor } from '../../../server/src/model/tensor.js';
import { readTensor, type BackendCase, type CaseTensor } from './case.js';

export interface PlannedCase {
  readonly plan: NetworkPlan;
  readonly inputs: readonly CaseTensor[];
}

/** Throws with the reason why the model cannot be compiled. */
export function planCase(test: BackendCase): PlannedCase {
  const onnx = readOnnx(test.model);
  if (!onnx.ok) throw new Error(onnx.error.message);
  const inputs = test.inputs.map(readTensor);
  const withShapes = { ...onnx.value, inputs: onnx.value.inputs.map((input, i) => ({ ...input, shape: inputs[i]?.host.shape ?? input.shape })) };
  const bound = new Map<string, HostTensor>();
  for (;;) {
    const graph = importGraph(withShapes, bound);
    if (graph.ok) {
      const plan = planNetwork(graph.value);
      if (!plan.ok) throw new Error(plan.error.message);
      return { plan: plan.value, inputs };
    }
    const needs = (graph.error.needs ?? []).filter((name) => !bound.has(name));
    if (needs.length === 0) throw new Error(graph.error.message);
    for (const name of needs) {
      const value = inputs[withShapes.inputs.findIndex((input) => input.name === name)];
      if (value === undefined) throw new Error(`no data for ${name}`);
      bound.set(name, value.host);
    }
  }
}
