/** The page of a model: what is in its graph, which tasks it gives, and what a log knows about them. */
import type { ModelAlgorithm, ModelTask, ModelView } from '../../protocol/model-view.js';
import type { ComputeDag } from '../../dag/compute-dag.js';
import { elementCount } from '../../ir/buffer.js';
import { dtypeBytes } from '../../ir/dtype.js';
import { noCustomOperators, type CustomOperators } from '../../model/graph/custom-operators.js';
import { isKnown } from '../../model/graph/import.js';
import type { OnnxGraph, OnnxValue } from '../../model/onnx/onnx-graph.js';
import type { RecordIndex } from '../table/record-index.js';

/** Structurally a session's task. */
export interface KeyedTask { readonly key: string; readonly name: string; readonly weight: number; readonly flops: number; readonly dag: ComputeDag; readonly tc: string }

/** Structurally a session's sibling: another algorithm for the task with the key `of`. */
export interface KeyedSibling { readonly of: string; readonly task: KeyedTask; readonly sibling: { readonly algorithm: string } }

export type GraphFacts = Pick<ModelView, 'opset' | 'nodes' | 'parameters' | 'weightBytes' | 'inputs' | 'outputs' | 'operators'>;

export const NO_FACTS: GraphFacts = Object.freeze({ opset: 0, nodes: 0, parameters: 0, weightBytes: 0, inputs: [], outputs: [], operators: [] });

function describe(value: OnnxValue): string {
  const shape = value.shape?.map((extent) => (extent < 0 ? '?' : String(extent))).join(', ');
  return shape === undefined ? value.name : `${value.name}: ${value.dtype ?? '?'}[${shape}]`;
}

/** @throws what `custom` throws */
export function graphFacts(graph: OnnxGraph, custom: CustomOperators = noCustomOperators): GraphFacts {
  const counts = new Map<string, { count: number; supported: boolean }>();
  for (const { op, domain } of graph.nodes) {
    const name = domain === '' ? op : `${domain}.${op}`;
    const known = counts.get(name);
    counts.set(name, { count: (known?.count ?? 0) + 1, supported: isKnown({ op, domain }, graph.functions, custom) });
  }
  const weights = [...graph.initializers.values()];
  return {
    opset: graph.opset, nodes: graph.nodes.length,
    parameters: weights.reduce((n, w) => n + elementCount(w.shape), 0), weightBytes: weights.reduce((n, w) => n + elementCount(w.shape) * dtypeBytes(w.dtype), 0),
    inputs: graph.inputs.map(describe), outputs: graph.outputs.map(describe),
    operators: [...counts].map(([name, c]) => ({ name, ...c })).sort((a, b) => Number(a.supported) - Number(b.supported) || b.count - a.count || (a.name < b.name ? -1 : 1)),
  };
}

/** What the log has for this form of a task. */
function algorithmOf(name: string, { key, flops }: KeyedTask, index: RecordIndex | undefined): ModelAlgorithm {
  const found = (index?.tasks ?? []).filter((t) => t.key === key);
  const columns = index?.columns;
  let best: { readonly ms: number; readonly line: number } | undefined;
  for (const t of found) {
    const ms = t.best < 0 ? undefined : columns?.ms[t.best];
    if (ms !== undefined && !(best !== undefined && best.ms <= ms)) best = { ms, line: columns?.line[t.best] ?? 0 };
  }
  return { key, name, flops, records: found.reduce((n, t) => n + t.records, 0), errors: found.reduce((n, t) => n + t.errors, 0), bestMs: best?.ms ?? null, bestLine: best?.line ?? null };
}

/** `index`: of the log, if there is one. Most expensive tasks first. */
export function modelTasks(tasks: readonly KeyedTask[], siblings: readonly KeyedSibling[], index: RecordIndex | undefined): ModelTask[] {
  const all = tasks.reduce((n, t) => n + t.flops * t.weight, 0);
  return tasks.map((task): ModelTask => {
    const { key, name, weight, flops, tc } = task;
    const algorithms = [algorithmOf('direct', task, index), ...siblings.filter(({ of }) => of === key).map(({ sibling, task }) => algorithmOf(sibling.algorithm, task, index))];
    const { bestMs, bestLine } = algorithms.reduce((best, one) => ((one.bestMs ?? Infinity) < (best.bestMs ?? Infinity) ? one : best));
    return {
      key, name, weight, flops, share: all === 0 ? 0 : (flops * weight) / all, output: task.dag.outputs[0]?.shape.join(' × ') ?? '',
      records: algorithms.reduce((n, a) => n + a.records, 0), errors: algorithms.reduce((n, a) => n + a.errors, 0), bestMs, bestLine,
      gflops: bestMs === null ? null : flops / bestMs / 1e6, algorithms, tc,
    };
  }).sort((a, b) => b.share - a.share);
}

/** Coverage and latency that follow from the tasks. */
export function modelTotals(tasks: readonly ModelTask[]): Pick<ModelView, 'flops' | 'coverage' | 'latencyMs'> {
  const flops = tasks.reduce((n, t) => n + t.flops * t.weight, 0);
  const covered = tasks.reduce((n, t) => n + (t.bestMs === null ? 0 : t.flops * t.weight), 0);
  return {
    flops, coverage: flops === 0 ? 0 : covered / flops,
    latencyMs: tasks.length === 0 || tasks.some((t) => t.bestMs === null) ? null : tasks.reduce((n, t) => n + (t.bestMs ?? 0) * t.weight, 0),
  };
}
