/** From the bytes of an ONNX file to the plan of the network. */
import { err, ok, type Result } from '../base/result.js';
import { elementCount } from '../ir/buffer.js';
import type { CustomOperators } from './graph/custom-operators.js';
import { importGraph } from './graph/import.js';
import type { OnnxGraph } from './onnx/onnx-graph.js';
import type { ExternalData } from './onnx/decode-tensor.js';
import { readOnnx } from './onnx/read-onnx.js';
import { planNetwork, type NetworkPlan } from './plan.js';
import { problem, type ModelProblem } from './problem.js';
import { hostTensor, type HostTensor } from './tensor.js';

/**
 * `external` finds weights files; without it tasks can be had, and loading a weight that lies outside the model fails. `bound` has the
 * elements of inputs that decide shapes (plain numbers are taken in the input's own type), `dims` the extents of symbolic dimensions by name, `custom` operators that are not ONNX's.
 */
export function loadModel(bytes: Uint8Array, external?: ExternalData, bound: ReadonlyMap<string, HostTensor | readonly number[]> = new Map(), dims?: ReadonlyMap<string, number>, custom?: CustomOperators): Result<NetworkPlan, ModelProblem> {
  const onnx = readOnnx(bytes, external);
  if (!onnx.ok) return onnx;
  const values = boundTensors(onnx.value, bound);
  if (!values.ok) return values;
  const graph = importGraph(onnx.value, values.value, dims, custom);
  return graph.ok ? planNetwork(graph.value, custom) : graph;
}

function boundTensors(onnx: OnnxGraph, bound: ReadonlyMap<string, HostTensor | readonly number[]>): Result<ReadonlyMap<string, HostTensor>, ModelProblem> {
  const tensors = new Map<string, HostTensor>();
  for (const [name, given] of bound) {
    const input = onnx.inputs.find((port) => port.name === name);
    if (input?.dtype === undefined) return err(problem(`the model has no input "${name}" whose value could be bound: it has ${onnx.inputs.map((port) => `"${port.name}"`).join(', ')}`));
    const numbers = 'data' in given ? Array.from(given.data) : given;
    const declared = 'data' in given ? given.shape : input.shape;
    const open = declared?.filter((extent) => extent < 0).length ?? 0;
    const known = declared?.reduce((n, extent) => (extent < 0 ? n : n * extent), 1) ?? 1;
    const shape = declared === undefined ? [numbers.length] : open === 1 && known > 0 ? declared.map((extent) => (extent < 0 ? numbers.length / known : extent)) : declared;
    if (elementCount(shape) !== numbers.length) return err(problem(`the input "${name}" has the shape [${declared?.map((extent) => (extent < 0 ? '?' : extent)).join(', ') ?? ''}], but ${numbers.length} values are given`));
    tensors.set(name, hostTensor(input.dtype, shape, numbers));
  }
  return ok(tensors);
}
