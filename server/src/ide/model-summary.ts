/** What is in an ONNX model, for its summary page. */
import type { ModelSummary } from '../protocol/lsp.js';
import type { OnnxValue } from '../model/onnx/onnx-graph.js';
import { readOnnx } from '../model/onnx/read-onnx.js';

function describe(value: OnnxValue): string {
  const shape = value.shape?.map((extent) => (extent < 0 ? '?' : String(extent))).join(', ');
  return shape === undefined ? value.name : `${value.name}: ${value.dtype ?? '?'}[${shape}]`;
}

/** `bytes`: the whole file. Never throws. */
export function summarizeOnnx(file: string, bytes: Uint8Array): ModelSummary {
  const read = readOnnx(bytes);
  if (!read.ok) return { file, bytes: bytes.length, inputs: [], outputs: [], nodes: 0, operators: [], problem: read.error.message };
  const { inputs, outputs, nodes } = read.value;
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const operators = [...counts].map(([name, count]) => ({ name, count })).toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name));
  return { file, bytes: bytes.length, inputs: inputs.map(describe), outputs: outputs.map(describe), nodes: nodes.length, operators };
}
