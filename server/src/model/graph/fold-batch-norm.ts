/** Folds batch normalizations into the convolutions that feed only them: weights times scale, bias times scale plus shift. */
import { combineLazy, hostTensor, type HostTensor, type LazyTensor } from '../tensor.js';
import type { Graph, GraphNode, Value } from './graph.js';
import { batchNormScale } from './operators/normalization.js';

export function foldBatchNorm(graph: Graph): Graph {
  const readers = new Map<Value, number>();
  for (const node of graph.nodes) for (const input of node.inputs) if (input !== undefined) readers.set(input, (readers.get(input) ?? 0) + 1);
  for (const output of graph.outputs) readers.set(output, (readers.get(output) ?? 0) + 1);
  const makers = new Map<Value, GraphNode>();
  for (const node of graph.nodes) for (const output of node.outputs) makers.set(output, node);

  const merged = new Map<GraphNode, GraphNode>();
  const gone = new Set<GraphNode>();
  for (const norm of graph.nodes) {
    const x = norm.inputs[0];
    const conv = x === undefined ? undefined : makers.get(x);
    if (norm.op !== 'BatchNormalization' || conv?.op !== 'Conv' || x === undefined || readers.get(x) !== 1) continue;
    const folded = mergeIntoConv(conv, norm);
    if (folded === undefined) continue;
    merged.set(conv, folded);
    gone.add(norm);
  }
  return { ...graph, nodes: graph.nodes.filter((node) => !gone.has(node)).map((node) => merged.get(node) ?? node) };
}

/** The convolution that computes the normalization's output; undefined where a weight is not a constant. */
function mergeIntoConv(conv: GraphNode, norm: GraphNode): GraphNode | undefined {
  const [x, weights, bias] = conv.inputs;
  const affine = batchNormScale(norm);
  if (affine === undefined || weights?.constant === undefined || (bias !== undefined && bias.constant === undefined)) return undefined;
  const scaled: Value = { name: `${weights.name}*scale`, dtype: weights.dtype, shape: weights.shape, constant: scaledRows(weights.constant, affine.scale) };
  const from: LazyTensor[] = bias?.constant === undefined ? [affine.shift] : [affine.shift, affine.scale, bias.constant];
  const shifted = combineLazy(from, affine.shift, ([shift, scale, offset]) => {
    const values = Array.from(shift?.data ?? [], (s, i) => s + (scale?.data[i] ?? 0) * (offset?.data[i] ?? 0));
    return hostTensor(affine.shift.dtype, affine.shift.shape, values);
  });
  const newBias: Value = { name: `${norm.name}.bias`, dtype: shifted.dtype, shape: shifted.shape, constant: shifted };
  return { ...conv, inputs: [x, scaled, newBias], outputs: norm.outputs, absorbed: [...(conv.absorbed ?? []), { op: norm.op, name: norm.name }] };
}

/** Each slice along the first dimension times its element of `scale`. */
function scaledRows(weights: LazyTensor, scale: LazyTensor): LazyTensor {
  return combineLazy([weights, scale], weights, ([w, s]): HostTensor => {
    const source = w?.data ?? new Float32Array(0);
    const row = source.length / (weights.shape[0] ?? 1);
    return hostTensor(weights.dtype, weights.shape, source.map((value, i) => value * (s?.data[Math.floor(i / row)] ?? 0)));
  });
}
