/** From the bytes of an ONNX file to the plan of the network. */
import type { Result } from '../base/result.js';
import { importGraph } from './graph/import.js';
import type { ExternalData } from './onnx/decode-tensor.js';
import { readOnnx } from './onnx/read-onnx.js';
import { planNetwork, type NetworkPlan } from './plan.js';
import type { ModelProblem } from './problem.js';
import type { HostTensor } from './tensor.js';

/**
 * `external` finds weights files; without it tasks can be had, and loading a weight that lies outside the model fails. `bound` has the
 * elements of inputs that decide shapes.
 */
export function loadModel(bytes: Uint8Array, external?: ExternalData, bound?: ReadonlyMap<string, HostTensor>): Result<NetworkPlan, ModelProblem> {
  const onnx = readOnnx(bytes, external);
  if (!onnx.ok) return onnx;
  const graph = importGraph(onnx.value, bound);
  return graph.ok ? planNetwork(graph.value) : graph;
}
