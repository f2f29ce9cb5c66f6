/** The values of a DAG's outputs on small whole numbers, by the reference evaluation: what no transform step may change. */
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { evaluateDag } from '../../server/src/dag/evaluate.js';
import type { Buffer } from '../../server/src/ir/buffer.js';
import { elementCount } from '../../server/src/ir/buffer.js';

export function evaluate(dag: ComputeDag): number[][] {
  const inputs = new Map<Buffer, number[]>();
  for (const op of dag.ops) {
    if (op.kind !== 'placeholder') continue;
    inputs.set(op.output, Array.from({ length: elementCount(op.output.shape) }, (_, i) => ((i * 37 + op.name.charCodeAt(0)) % 101) - 50));
  }
  const values = evaluateDag(dag, inputs);
  return dag.outputs.map((buffer) => Array.from(values.get(buffer) ?? []));
}
